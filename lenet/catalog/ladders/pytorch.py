"""The ladders of PyTorch: from Keras on it to its own loop, and on to an expert's best."""

from __future__ import annotations

from typing import Any

from lenet.catalog.entries import Change, Ladder, Variant, steady
from lenet.catalog.variants import BAR_BESIDE, FIVE, FIVE_TOGETHER, NO_TF32, OF_TORCH, SHUFFLES, VARIANTS

KERAS, TORCH, LAST = (VARIANTS[name] for name in ("keras_torch", "pytorch_eager", "pytorch_channels_last"))
PLAIN: dict[str, Any] = {"caveats": OF_TORCH}
IN_ORDER: dict[str, Any] = {"shuffles": False, **PLAIN}
LOOP: dict[str, Any] = {"owns_loop": False, "running_loss": False, **IN_ORDER}
# The way back adds Keras's own parts to PyTorch's loop.
ADDED: dict[str, Any] = {"packages": KERAS.packages, "environment": KERAS.environment, "owns_loop": True}
ADDED_SHUFFLED: dict[str, Any] = {**ADDED, "shuffles": True, "caveats": (*OF_TORCH, SHUFFLES, BAR_BESIDE)}

RUNGS: tuple[Variant, ...] = (
    KERAS.as_rung("keras_torch_silent", "Keras on PyTorch, silent", caveats=(*OF_TORCH, SHUFFLES)),
    KERAS.as_rung("keras_torch_in_order", "Keras on PyTorch, in order", **IN_ORDER),
    KERAS.as_rung("keras_torch_no_accuracy", "Keras on PyTorch, no accuracy", **IN_ORDER),
    KERAS.as_rung("keras_torch_integer_labels", "Keras on PyTorch, integer labels", **IN_ORDER),
    KERAS.as_rung("keras_torch_logits", "Keras on PyTorch, logits", **IN_ORDER),
    KERAS.as_rung("keras_torch_loop", "Keras on PyTorch, own loop", **LOOP),
    KERAS.as_rung("keras_torch_sgd", "Keras on PyTorch, torch.optim", **LOOP),
    KERAS.as_rung("keras_torch_loss", "Keras on PyTorch, PyTorch's loss", **LOOP),
    KERAS.as_rung("keras_torch_channels_first", "Keras on PyTorch, channels first", **LOOP),
    TORCH.as_rung("pytorch_every_fifth", "PyTorch, every fifth loss", **FIVE, caveats=(*OF_TORCH, FIVE_TOGETHER)),
    TORCH.as_rung("pytorch_bar", "PyTorch with a progress bar", **ADDED, caveats=(*OF_TORCH, BAR_BESIDE)),
    TORCH.as_rung("pytorch_shuffled", "PyTorch, shuffled", **ADDED_SHUFFLED),
    TORCH.as_rung("pytorch_accuracy", "PyTorch with Keras's accuracy", **ADDED_SHUFFLED),
    TORCH.as_rung("pytorch_one_hot", "PyTorch, one-hot labels", **ADDED_SHUFFLED),
    TORCH.as_rung("pytorch_softmax", "PyTorch, softmax", **ADDED_SHUFFLED),
    KERAS.as_rung("keras_torch_modules_sgd", "Keras around a step of PyTorch's"),
    KERAS.as_rung("keras_torch_modules_loss", "Keras around PyTorch's layers and loss"),
    KERAS.as_rung("keras_torch_modules_first", "Keras around PyTorch's layers"),
    KERAS.as_rung("keras_torch_modules", "Keras around PyTorch's layers, channels last"),
    LAST.as_rung("pytorch_pool_first", "PyTorch, pooling first"),
    LAST.as_rung("pytorch_fused", "PyTorch, fused optimizer"),
    LAST.as_rung("pytorch_resident", "PyTorch, resident data", owns_loop=True, caveats=(NO_TF32,)),
)

KERAS_TO_TORCH = Ladder(
    "keras_torch",
    "Keras on PyTorch, down to PyTorch",
    "keras_torch",
    (
        Change("Progress bar", "keras_torch_silent", "pytorch_bar"),
        Change("Shuffle and gather", "keras_torch_in_order", "pytorch_shuffled"),
        Change("Metrics", "keras_torch_no_accuracy", "pytorch_accuracy"),
        Change("One-hot labels", "keras_torch_integer_labels", "pytorch_one_hot"),
        Change("Softmax", "keras_torch_logits", "pytorch_softmax"),
        Change("Keras's fit", "keras_torch_loop", "keras_torch_modules_sgd"),
        Change("Keras's optimizer", "keras_torch_sgd", "keras_torch_modules_loss"),
        Change("Keras's loss", "keras_torch_loss", "keras_torch_modules_first"),
        Change("Channels last", "keras_torch_channels_first", "keras_torch_modules"),
        Change("Keras's layers", "pytorch_eager"),
    ),
    # With a fourth round of its two dozen states it takes more than ten minutes on two cores.
    {"rounds": 3},
)

# Without a compiled step: on a CPU, at batch size 8 and one thread, torch.compile around the whole
# step took longer than the last state here (4.6 against 3.4 ms of CPU time; 3.9 with its C++
# wrapper), after half a minute or more of compiling.
TORCH_TO_BEST = Ladder(
    "pytorch_best",
    "PyTorch to its best",
    "pytorch_eager",
    (
        Change("Allocator's lottery", steady("pytorch_eager")),
        Change("Channels first", steady("pytorch_channels_last")),
        Change("Tanh before pooling", steady("pytorch_pool_first")),
        Change("Unfused update", steady("pytorch_fused")),
        Change("NumPy feed", steady("pytorch_resident")),
    ),
    {"allocator": "shipped"},
)

WAITING = Ladder(
    "torch_waiting",
    "PyTorch: what waiting for each batch costs",
    "pytorch_eager",
    (Change("Waiting for each batch", after="pytorch_every_fifth"),),
)

LADDERS: tuple[Ladder, ...] = (KERAS_TO_TORCH, TORCH_TO_BEST, WAITING)
