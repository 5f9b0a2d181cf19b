"""The environment variables of a worker's process: what the settings ask for, and nothing of the
user's own that would change the result."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lenet import program, stacks, variables
from lenet.bench import strays
from lenet.catalog import Variant
from lenet.settings import Settings

PRIVATE = ("LENET_", "MALLOC_", "STREAMLIT_", "PYTHON")
"""How the names of variables begin that are this program's own, or whose place a setting takes."""
TEMPORARY = "tmp"
"""Name of the folder for temporary files; it lies in the worker's own folder."""
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "NPROC",  # XLA's thread pools, hence JAX's
)
# glibc: never give memory back, never map a large block apart, grow in large steps. Otherwise
# chance decides at the start of each process where the dynamic threshold settles (measured: 15 to
# 20 % for PyTorch).
STEADY_ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "2147483648",
    "MALLOC_TOP_PAD_": "268435456",
}


def of(variant: Variant, settings: Settings) -> dict[str, str]:
    """The variables for threads, device and allocator, without any of the user's that interfere."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(PRIVATE) and not variables.deciding(name)
    }
    kept.update(variables.in_force(os.environ, settings.device))
    kept.update(dict.fromkeys(THREAD_VARIABLES, str(settings.threads)))
    kept.update(PYTHONPATH=str(program.for_workers()), PYTHONNOUSERSITE="1", PYTHONIOENCODING="utf-8")
    kept["KERAS_HOME"] = os.devnull  # a user's keras.json would choose backend, layout and precision
    if settings.device == "cpu":
        kept.update(CUDA_VISIBLE_DEVICES="-1", JAX_PLATFORMS="cpu")
    if settings.allocator == "steady":
        kept.update(STEADY_ALLOCATOR)
    kept.update(stacks.environment(variant.stack))
    kept.update(variant.environment)
    return kept


def recorded() -> dict[str, Any]:
    """The user's variables that decide, as plain values for the record of an experiment: those that
    are in force, and the names of those that no worker was given. Empty when there are none."""
    left_out = [name for name in variables.left_out(os.environ) if name not in THREAD_VARIABLES]
    told = {"variables": variables.in_force(os.environ, "gpu"), "variables_left_out": left_out}
    return {name: value for name, value in told.items() if value}


def own(folder: Path, temporary: Path) -> dict[str, str]:
    """The variables that no two workers share: the worker's mark, its `folder`, by which all that it
    starts is known (`strays`); and `temporary`, the folder for temporary and for compiled files.

    PyTorch keeps what it compiled (its headers in the folder for temporary files, whatever its own
    variable says). If workers shared these folders, a killed worker could leave half a file to all
    later ones, and the second of two variants would reuse what the first has compiled.
    """
    compiled = temporary / "compiled"
    return {strays.MARK: str(folder), "TMPDIR": str(temporary), "TORCHINDUCTOR_CACHE_DIR": str(compiled)}
