"""A user's environment variables that decide how a framework computes.

A program is what its file and its settings say, so these do not reach a worker. Some of them a
machine may need to run anything at all: they do, and where they are set they are recorded, and count
as a circumstance and in an exam's key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

DECIDING = (
    "XLA_", "TF_", "TF2_", "JAX_", "JAXLIB_", "FLAX_", "KERAS_", "TORCH", "PYTORCH_", "ATEN_", "PL_",
    "OMP_", "KMP_", "GOMP_", "LIBOMP_", "MKL_", "OPENBLAS_", "GOTO_", "BLIS_", "EIGEN_", "NPY_",
    "ONEDNN_", "DNNL_", "CUBLAS", "CUDNN_", "CUDA_LAUNCH_BLOCKING", "NVIDIA_",
    "LD_PRELOAD", "GLIBC_TUNABLES", "TCMALLOC_", "MIMALLOC_",
)  # fmt: skip
"""How their names begin: of frameworks, of their libraries for threads, algebra and the GPU, of the
loader and of allocators."""
NEEDED = (
    "LD_PRELOAD", "GLIBC_TUNABLES", "XLA_FLAGS", "KMP_DUPLICATE_LIB_OK", "MKL_THREADING_LAYER",
    "MKL_SERVICE_FORCE_INTEL",
)  # fmt: skip
"""Without them some machines load no framework, or find no CUDA."""
NEEDED_ON_GPU = (
    "XLA_PYTHON_CLIENT_MEM_FRACTION", "XLA_PYTHON_CLIENT_ALLOCATOR", "XLA_CLIENT_MEM_FRACTION",
    "TF_GPU_ALLOCATOR", "PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF",
)  # fmt: skip
"""Without them a GPU that others use too may have no memory left. Programs on the CPU do not ask."""
HARMLESS = (
    "TF_CPP_", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES", "NVIDIA_REQUIRE_",
    "NVIDIA_PRODUCT_NAME", "NVIDIA_BUILD_",
)  # fmt: skip
"""What only a log or a container's runtime reads."""


def in_force(variables: Any, device: str) -> dict[str, str]:
    """Those of `variables` (by name; anything else, as a strange record may hold, counts as none)
    that are needed on `device`, and so reach a worker there; in alphabetical order."""
    names = (*NEEDED, *NEEDED_ON_GPU) if device == "gpu" else NEEDED
    known = variables if isinstance(variables, Mapping) else {}
    return {name: str(known[name]) for name in sorted(names) if known.get(name)}


def left_out(names: Iterable[str]) -> list[str]:
    """Those of `names` that reach no worker though a user has set them, in alphabetical order."""
    return sorted(name for name in names if deciding(name) and name not in (*NEEDED, *NEEDED_ON_GPU))


def deciding(name: str) -> bool:
    """Whether a variable's name is one of those that decide."""
    return name.startswith(DECIDING) and not name.startswith(HARMLESS)
