"""PyTorch: what TorchDynamo and TorchScript made, what is built of layers and optimizers, passes of
a DataLoader, and the nodes that autograd recorded."""

import sys

from lenet.worker.probes.probe import Probe

BY = {
    "traces": "functions that TorchDynamo or TorchScript read or traced (torch.compile, torch.jit)",
    "compilations": "graphs that TorchDynamo compiled (0 where it is not loaded)",
    "modules": "layers, losses and optimizers made (Module.__init__, Optimizer.__init__)",
    "iterators": "iterators over a DataLoader (_BaseDataLoaderIter.__init__)",
    "autograd_nodes": "nodes recorded for the backward pass (autograd's sequence number)",
}
UNTOLD = {"bytes_in": "PyTorch counts no copies outside its profiler.", "bytes_out": "As for the way in."}


class TorchProbe(Probe):
    """Reads PyTorch's own counters, beside what is watched."""

    def read(self):
        # Only a first torch.compile loads it.
        dynamo = getattr(sys.modules.get("torch._dynamo.utils"), "counters", {})
        own = {
            "traces": self.totals["traces"] + dynamo.get("frames", {}).get("total", 0),
            "compilations": dynamo.get("stats", {}).get("unique_graphs", 0),
            "autograd_nodes": sys.modules["torch"].autograd._get_sequence_nr(),
        }
        return dict(self.totals, **own)


def attach(version):
    """Watch the PyTorch that is loaded."""
    probe = TorchProbe("PyTorch " + str(version), BY, UNTOLD)
    torch = sys.modules["torch"]
    for name in ("trace", "script"):
        probe.watch(torch.jit, name, lambda arguments, result: probe.add("traces"))
    for made in (torch.nn.Module, torch.optim.Optimizer):
        probe.watch(made, "__init__", lambda arguments, result: probe.add("modules"))
    passes = torch.utils.data.dataloader._BaseDataLoaderIter
    probe.watch(passes, "__init__", lambda arguments, result: probe.add("iterators"))
    return probe
