"""Assign a sampled frame to a layer of the software, by its file and function."""

from __future__ import annotations

import re

PROGRAM = "Program"
PYTHON = "Python"
OTHER = "Other"
RULES = (
    (PROGRAM, r".* \(lenet/|.* \(tests/"),
    ("Keras callbacks and progress bar", r".* \(keras/(src/)?(callbacks|utils/(progbar|io_utils|generic_utils))"),
    ("Keras metrics and losses", r".* \(keras/(src/)?(metrics|losses|trainers/compile_utils)"),
    ("Keras optimizer", r".* \(keras/(src/)?(optimizers|backend/\w+/optimizer)"),
    ("Keras layers", r".* \(keras/(src/)?(layers|ops|models/(functional|sequential)|backend/\w+/(nn|core|numpy|math))"),
    ("Keras fit loop", r".* \(keras/"),
    (
        "TensorFlow runtime",
        r"(.*\.)?(quick_execute|_call_tf_sessionrun|_run_fn|call_function|_numpy|__next__|_next_internal) "
        r"\(tensorflow/|.* \(tensorflow/python/ops/gen_",
    ),
    ("TensorFlow Python", r".* \(tensorflow/"),
    ("PyTorch optimizer", r".* \(torch/optim/"),
    ("PyTorch backward pass", r".* \(torch/(autograd/|_tensor\.py)"),
    ("PyTorch", r".* \(torch/"),
    ("JAX", r".* \((jax|jaxlib|flax|optax)/"),
    ("CNTK", r".* \((cntk/|_cntk)"),
    ("NumPy", r".* \(numpy/"),
)
"""The first match counts; frames without a match are Python's library and small packages."""
LAYERS = (*(layer for layer, _ in RULES), PYTHON, OTHER)
_COMPILED = [(layer, re.compile(pattern)) for layer, pattern in RULES]


def of(frame: str) -> str:
    """The layer of a frame as py-spy writes it, `function (file:line)`; OTHER for other text."""
    if " (" not in frame:
        return OTHER
    return next((layer for layer, pattern in _COMPILED if pattern.match(frame)), PYTHON)
