"""PyTorch: what TorchDynamo and TorchScript made, and the nodes that autograd recorded."""

import sys

from lenet.worker.probes.probe import Probe

BY = {
    "traces": "functions that TorchDynamo or TorchScript read or traced (torch.compile, torch.jit)",
    "compilations": "graphs that TorchDynamo compiled (0 where it is not loaded)",
    "autograd_nodes": "nodes recorded for the backward pass (autograd's sequence number)",
}
UNTOLD = {"bytes_in": "PyTorch counts no copies outside its profiler.", "bytes_out": "As for the way in."}


class TorchProbe(Probe):
    """Reads PyTorch's own counters."""

    def read(self):
        # Only a first torch.compile loads it.
        dynamo = getattr(sys.modules.get("torch._dynamo.utils"), "counters", {})
        own = {
            "traces": self.totals["traces"] + dynamo.get("frames", {}).get("total", 0),
            "compilations": dynamo.get("stats", {}).get("unique_graphs", 0),
            "autograd_nodes": sys.modules["torch"].autograd._get_sequence_nr(),
        }
        return own


def attach(version):
    """Watch the PyTorch that is loaded."""
    probe = TorchProbe("PyTorch " + str(version), BY, UNTOLD)
    for name in ("trace", "script"):
        probe.watch(sys.modules["torch"].jit, name, lambda arguments, result: probe.add("traces"))
    return probe
