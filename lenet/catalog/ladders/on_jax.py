"""The ladders on JAX: from Keras's `fit` to a jitted function, and on to an expert's best."""

from __future__ import annotations

from typing import Any

from lenet.catalog.entries import Change, Ladder, Variant, steady
from lenet.catalog.variants import (
    BAR_BESIDE,
    FIVE,
    FIVE_A_CALL,
    FIVE_TOGETHER,
    JAX_010,
    NO_TF32,
    OF_JAX,
    SHUFFLES,
    VARIANTS,
)

KERAS, JIT = VARIANTS["keras_jax"], VARIANTS["jax_jit"]
# For rungs of jax_jit that draw Keras's progress bar or compute its metrics.
WITH_KERAS: dict[str, Any] = {"packages": KERAS.packages, "environment": KERAS.environment, "owns_loop": True}
ORDERED: dict[str, Any] = {"shuffles": False, "caveats": OF_JAX}
LOOP: dict[str, Any] = {"owns_loop": False, "running_loss": False, **ORDERED}
# Once the pooling takes maxima of slices, its gradient is no scatter.
SLICES: dict[str, Any] = {"caveats": (NO_TF32, JAX_010)}

RUNGS: tuple[Variant, ...] = (
    KERAS.as_rung("keras_jax_silent", "Keras on JAX, silent", caveats=(*OF_JAX, SHUFFLES)),
    KERAS.as_rung("keras_jax_in_order", "Keras on JAX, in order", **ORDERED),
    KERAS.as_rung("keras_jax_no_metrics", "Keras on JAX, no metrics", **ORDERED),
    KERAS.as_rung("keras_jax_sparse", "Keras on JAX, sparse", **ORDERED),
    KERAS.as_rung("keras_jax_logits", "Keras on JAX, logits", **ORDERED),
    KERAS.as_rung("keras_jax_loop", "Keras on JAX, loop", **LOOP),
    KERAS.as_rung("keras_jax_functions", "Keras on JAX, functions", **LOOP),
    KERAS.as_rung("keras_jax_descent", "Keras on JAX, descent"),
    KERAS.as_rung("keras_jax_descent_functions", "Keras on JAX, descent and functions"),
    JIT.as_rung("jax_jit_bar", "JAX by hand, progress bar", **WITH_KERAS, caveats=(*OF_JAX, BAR_BESIDE)),
    *(
        JIT.as_rung(name, title, **WITH_KERAS, shuffles=True, caveats=KERAS.caveats)
        for name, title in (
            ("jax_jit_shuffled", "JAX by hand, shuffled"),
            ("jax_jit_metrics", "JAX by hand, metrics"),
            ("jax_jit_one_hot", "JAX by hand, one-hot"),
            ("jax_jit_softmax", "JAX by hand, softmax"),
        )
    ),
    JIT.as_rung("jax_jit_slices", "JAX by hand, slices", **SLICES),
    JIT.as_rung("jax_jit_pool_first", "JAX by hand, pooling first", **SLICES),
    JIT.as_rung("jax_jit_products", "JAX by hand, products", **SLICES),
    JIT.as_rung("jax_jit_resident", "JAX by hand, resident data", owns_loop=True, **SLICES),
    JIT.as_rung("jax_jit_ahead", "JAX by hand, compiled ahead", owns_loop=True, **SLICES),
    JIT.as_rung("jax_jit_unrolled", "JAX by hand, unrolled", **FIVE, caveats=(NO_TF32, JAX_010, FIVE_A_CALL)),
    JIT.as_rung("jax_jit_every_fifth", "JAX by hand, every fifth loss", **FIVE, caveats=(*OF_JAX, FIVE_TOGETHER)),
)

KERAS_TO_JIT = Ladder(
    "keras_jax",
    "Keras on JAX, down to JAX",
    "keras_jax",
    (
        Change("Progress bar", after="keras_jax_silent", without="jax_jit_bar"),
        Change("Shuffle and gather", after="keras_jax_in_order", without="jax_jit_shuffled"),
        Change("Metrics", after="keras_jax_no_metrics", without="jax_jit_metrics"),
        Change("One-hot labels", after="keras_jax_sparse", without="jax_jit_one_hot"),
        Change("Softmax", after="keras_jax_logits", without="jax_jit_softmax"),
        Change("Keras's fit", after="keras_jax_loop", without="keras_jax_descent_functions"),
        Change("Keras's layers and loss", after="keras_jax_functions", without="keras_jax_descent"),
        Change("Keras's optimizer", after="jax_jit"),
    ),
)

JIT_TO_BEST = Ladder(
    "jax_best",
    "JAX by hand to its best",
    "jax_jit",
    (
        Change("Allocator's lottery", after=steady("jax_jit")),
        Change("Pooling by windows", after=steady("jax_jit_slices")),
        Change("Tanh before pooling", after=steady("jax_jit_pool_first")),
        Change("Convolution library", after=steady("jax_jit_products")),
        Change("NumPy feed", after=steady("jax_jit_resident")),
        Change("Look-up of the step", after=steady("jax_jit_ahead")),
        Change("One batch per call", after=steady("jax_jit_unrolled")),
    ),
    {"allocator": "shipped"},
)

WAITING = Ladder(
    "jax_waiting",
    "JAX by hand: what waiting for each batch costs",
    "jax_jit",
    (Change("Waiting for each batch", after="jax_jit_every_fifth"),),
)

LADDERS: tuple[Ladder, ...] = (KERAS_TO_JIT, JIT_TO_BEST, WAITING)
