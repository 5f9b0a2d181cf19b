"""The ladders of today's TensorFlow and Keras: the gap between them, and how fast TensorFlow can
go."""

from __future__ import annotations

from typing import Any

from lenet.catalog.entries import Change, Ladder, Variant, steady
from lenet.catalog.variants import FETCHES_LOSS, FIVE_A_CALL, NO_TF32, OWN_OPTIMIZER, PROGRESS_BAR, SHUFFLES, VARIANTS

KERAS, FUNCTION, GRAPH = VARIANTS["keras_fit"], VARIANTS["tensorflow_function"], VARIANTS["tensorflow_graph"]
LAID_DOWN = "Its images are laid into TensorFlow's memory before the first batch, which has that time on top."
IN_ORDER: dict[str, Any] = {"shuffles": False, "caveats": (NO_TF32,)}
LOOP: dict[str, Any] = {"owns_loop": False, "running_loss": False, **IN_ORDER}
# The way back adds Keras's own parts to TensorFlow's loop.
ADDED: dict[str, Any] = {"packages": KERAS.packages, "environment": KERAS.environment, "owns_loop": True}
SHUFFLED: dict[str, Any] = {**ADDED, "shuffles": True, "caveats": (NO_TF32, OWN_OPTIMIZER, SHUFFLES, PROGRESS_BAR)}
RESIDENT: dict[str, Any] = {"owns_loop": True, "caveats": (NO_TF32, OWN_OPTIMIZER, LAID_DOWN)}
GRAPH_RESIDENT: dict[str, Any] = {"owns_loop": True, "caveats": (NO_TF32, FETCHES_LOSS, LAID_DOWN)}
FIVE: dict[str, Any] = {**RESIDENT, "batches_per_call": 5, "caveats": (*RESIDENT["caveats"], FIVE_A_CALL)}

ONLY_READ = "What draws a terminal's window is not there: its output is read by a second process, and no more."
NO_BROWSER = (
    "What a notebook's server and browser do is not there: its messages are read by a second process, and no more."
)
NOTEBOOK = (*KERAS.packages, "ipykernel", "jupyter_client", "zmq")

RUNGS: tuple[Variant, ...] = (
    KERAS.as_rung("keras_fit_notebook", "Keras fit, notebook", packages=NOTEBOOK, caveats=(*KERAS.caveats, NO_BROWSER)),
    KERAS.as_rung("keras_fit_terminal", "Keras fit, terminal", caveats=(*KERAS.caveats, ONLY_READ)),
    KERAS.as_rung("keras_fit_silent", "Keras fit, silent", caveats=(NO_TF32, SHUFFLES)),
    KERAS.as_rung("keras_fit_in_order", "Keras fit, in order", **IN_ORDER),
    KERAS.as_rung("keras_fit_no_metrics", "Keras fit, no metrics", **IN_ORDER),
    KERAS.as_rung("keras_fit_integers", "Keras fit, integer labels", **IN_ORDER),
    KERAS.as_rung("keras_fit_logits", "Keras fit, logits", **IN_ORDER),
    KERAS.as_rung("keras_loop", "Keras loop", **LOOP),
    KERAS.as_rung("keras_loop_raw", "Keras loop, raw network", **LOOP),
    FUNCTION.as_rung(
        "tensorflow_function_bar", "TensorFlow bare function, progress bar", **ADDED, caveats=(NO_TF32, PROGRESS_BAR)
    ),
    FUNCTION.as_rung("tensorflow_function_shuffled", "TensorFlow bare function, shuffled", **SHUFFLED),
    FUNCTION.as_rung("tensorflow_function_metrics", "TensorFlow bare function, metrics", **SHUFFLED),
    FUNCTION.as_rung("tensorflow_function_one_hot", "TensorFlow bare function, one-hot", **SHUFFLED),
    FUNCTION.as_rung("tensorflow_function_softmax", "TensorFlow bare function, softmax", **SHUFFLED),
    KERAS.as_rung("keras_fit_raw_fused", "Keras fit, raw network and fused update"),
    KERAS.as_rung("keras_fit_fused", "Keras fit, fused update"),
    FUNCTION.as_rung("tensorflow_function_pool_first", "TensorFlow bare function, pooling first"),
    FUNCTION.as_rung("tensorflow_function_resident", "TensorFlow bare function, resident data", **RESIDENT),
    FUNCTION.as_rung("tensorflow_function_five", "TensorFlow bare function, five per call", **FIVE),
    FUNCTION.as_rung("tensorflow_function_xla", "TensorFlow bare function, five per call, XLA", **FIVE),
    GRAPH.as_rung("tensorflow_graph_pool_first", "TensorFlow graph, pooling first"),
    GRAPH.as_rung("tensorflow_graph_resident", "TensorFlow graph, resident data", **GRAPH_RESIDENT),
    GRAPH.as_rung("tensorflow_graph_callable", "TensorFlow graph, callable", **GRAPH_RESIDENT),
    GRAPH.as_rung(
        "tensorflow_graph_five",
        "TensorFlow graph, five per call",
        **{**GRAPH_RESIDENT, "batches_per_call": 5, "caveats": (*GRAPH_RESIDENT["caveats"], FIVE_A_CALL)},
    ),
)

LADDERS: tuple[Ladder, ...] = (
    Ladder(
        "today",
        "Keras fit, down to TensorFlow",
        "keras_fit",
        (
            Change("Progress bar", "keras_fit_silent", "tensorflow_function_bar"),
            Change("Shuffle and gather", "keras_fit_in_order", "tensorflow_function_shuffled"),
            Change("Metrics", "keras_fit_no_metrics", "tensorflow_function_metrics"),
            Change("One-hot labels", "keras_fit_integers", "tensorflow_function_one_hot"),
            Change("Softmax", "keras_fit_logits", "tensorflow_function_softmax"),
            Change("Loop of fit", "keras_loop", "keras_fit_raw_fused"),
            Change("Keras layers and loss", "keras_loop_raw", "keras_fit_fused"),
            Change("Keras optimizer", "tensorflow_function"),
        ),
    ),
    # Elsewhere the bar is drawn into a log file; whoever trains looks at it. So this one leads uphill.
    Ladder(
        "progress_bar",
        "Where Keras fit draws its progress bar: a file, a terminal, a notebook",
        "keras_fit",
        (
            Change("A terminal, not a file", "keras_fit_terminal"),
            Change("A notebook, not a terminal", "keras_fit_notebook"),
        ),
    ),
    Ladder(
        "tensorflow_best",
        "TensorFlow bare function to its best",
        "tensorflow_function",
        (
            Change("Allocator's lottery", steady("tensorflow_function")),
            Change("Tanh before pooling", steady("tensorflow_function_pool_first")),
            Change("NumPy feed", steady("tensorflow_function_resident")),
            Change("One batch per call", steady("tensorflow_function_five")),
        ),
        {"allocator": "shipped"},
    ),
    # A ladder of its own, because on a CPU the last change slows it down.
    Ladder(
        "tensorflow_compiled",
        "TensorFlow bare function to five steps compiled by XLA",
        "tensorflow_function",
        (
            Change("Tanh before pooling", "tensorflow_function_pool_first"),
            Change("NumPy feed", "tensorflow_function_resident"),
            Change("One batch per call", "tensorflow_function_five"),
            Change("No XLA", "tensorflow_function_xla"),
        ),
    ),
    Ladder(
        "tensorflow_graph_best",
        "TensorFlow graph to its best",
        "tensorflow_graph",
        (
            Change("Allocator's lottery", steady("tensorflow_graph")),
            Change("Tanh before pooling", steady("tensorflow_graph_pool_first")),
            Change("NumPy feed", steady("tensorflow_graph_resident")),
            Change("Session's bookkeeping", steady("tensorflow_graph_callable")),
            Change("One batch per call", steady("tensorflow_graph_five")),
        ),
        {"allocator": "shipped"},
    ),
)
