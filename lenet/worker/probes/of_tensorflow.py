"""TensorFlow 1 and 2, from 1.2 on: graphs, operations, traces, session runs, and what crosses into
the runtime.

In the sources of 1.2 and 2.21, every operation of a graph goes through `Graph._add_op`, every run
of a session through one C function, and every trace of a `tf.function` through the function below.
"""

import sys

from lenet.worker.probes.probe import Probe

TRACE = (
    ("tensorflow.python.eager.polymorphic_function.tracing_compilation", "_create_concrete_function"),
    ("tensorflow.python.framework.func_graph", "func_graph_from_py_func"),  # 2.0 to 2.13
)
RUNS = ("TF_Run", "TF_SessionRun_wrapper")  # of 1.2, of 1.4 and later
FEEDS = 2  # which of their arguments

BY = {
    "traces": "functions traced into a graph (tf.function)",
    "graphs": "graphs made (Graph.__init__, function graphs among them)",
    "graph_operations": "operations added to any graph (Graph._add_op)",
    "iterators": "iterators over a tf.data pipeline (OwnedIterator)",
    "session_runs": "session runs (TF_Run, TF_SessionRun)",
    "fetches": "tensors fetched by session runs",
    "bytes_in": "NumPy arrays fed to session runs or turned into tensors from Python",
    "bytes_out": "NumPy arrays that session runs returned or Tensor.numpy made (not a buffer that C code read)",
}
UNTOLD = {"compilations": "TensorFlow does not tell Python when XLA compiles; a new function shows as a trace."}


def attach(version):
    """Watch the TensorFlow that is loaded."""
    probe = Probe("TensorFlow " + version, BY, UNTOLD)
    graph = sys.modules["tensorflow.python.framework.ops"].Graph
    probe.watch(graph, "__init__", lambda arguments, result: probe.add("graphs"))
    probe.watch(graph, "_add_op", lambda arguments, result: probe.add("graph_operations"))
    _watch_traces(probe)
    _watch_iterators(probe)
    _watch_sessions(probe)
    _watch_tensors(probe)
    return probe


def _watch_traces(probe):
    for module, name in TRACE:
        if hasattr(sys.modules.get(module), name):
            probe.watch(sys.modules[module], name, lambda arguments, result: probe.add("traces"))
            return


def _watch_iterators(probe):
    """Those of TensorFlow 2; a graph of TensorFlow 1 has an iterator as an operation."""
    iterator = getattr(sys.modules.get("tensorflow.python.data.ops.iterator_ops"), "OwnedIterator", None)
    if iterator is not None:
        probe.watch(iterator, "__init__", lambda arguments, result: probe.add("iterators"))


def _watch_sessions(probe):
    def ran(arguments, result):
        _add_run(probe, arguments[FEEDS].values(), result)

    def called(arguments, result):
        _add_run(probe, arguments[FEEDS], result)

    functions = sys.modules["tensorflow.python.client.session"].tf_session
    for name in RUNS:
        if hasattr(functions, name):
            probe.watch(functions, name, ran)
    if hasattr(functions, "TF_SessionRunCallable"):
        probe.watch(functions, "TF_SessionRunCallable", called)


def _add_run(probe, fed, fetched):
    probe.add("session_runs")
    probe.add("fetches", len(fetched))
    probe.add("bytes_in", _bytes(fed))
    probe.add("bytes_out", _bytes(fetched))


def _watch_tensors(probe):
    """Eager tensors, where there are any (TensorFlow 2)."""
    constants = sys.modules["tensorflow.python.framework.constant_op"]
    base = getattr(sys.modules["tensorflow.python.framework.ops"], "_EagerTensorBase", None)
    if base is not None and hasattr(constants, "convert_to_eager_tensor"):
        probe.watch(constants, "convert_to_eager_tensor", lambda given, _: probe.add("bytes_in", _bytes(given[:1])))
        probe.watch(base, "_numpy", lambda _, result: probe.add("bytes_out", _bytes([result])))


def _bytes(values):
    return sum(getattr(value, "nbytes", 0) for value in values)
