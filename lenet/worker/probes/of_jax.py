"""JAX: traces and compilations, as JAX reports them to listeners (`jax.monitoring`)."""

import sys

from lenet.worker.probes.probe import Probe

EVENTS = {
    "/jax/core/compile/jaxpr_trace_duration": "traces",
    "/jax/core/compile/backend_compile_duration": "compilations",
}
BY = {
    "traces": "functions traced (jax.monitoring, functions inside functions among them)",
    "compilations": "programs given to XLA (jax.monitoring)",
}
NOT_IN_PYTHON = "JAX converts the arguments of a compiled function outside Python and does not say how much it copies."
UNTOLD = {"bytes_in": NOT_IN_PYTHON, "bytes_out": NOT_IN_PYTHON}


def attach(version):
    """Listen to the JAX that is loaded."""
    probe = Probe("JAX " + version, BY, UNTOLD)

    def heard(event, duration, **details):
        if event in EVENTS:
            probe.add(EVENTS[event])

    sys.modules["jax"].monitoring.register_event_duration_secs_listener(heard)
    return probe
