"""Reads the most device memory that a run took, from the counters of the framework that trained.

It asks once, after the last batch, and imports nothing: of the frameworks that this process has
loaded, the first that has used the device answers.
"""

import sys


def device_peak(device):
    """{"device_peak_bytes": the most bytes that the framework held there at once}; {} where none
    tells.

    device: 'cpu' or 'gpu'; no framework keeps such a count for the CPU. It covers the process from
    its start, with building and the first batches, in which algorithms are tried out.
    """
    for name, ask in COUNTERS:
        if device == "gpu" and name in sys.modules:
            # A counter that fails, as with a user's own allocator, must not cost a run that
            # trained.
            try:
                peak = ask(sys.modules[name])
            except Exception as error:
                sys.stderr.write("{} tells no device memory: {}\n".format(name, error))
                continue
            if peak:
                return {"device_peak_bytes": int(peak)}
    return {}


def _of_torch(torch):
    """Bytes of tensors, without what the allocator keeps for later tensors."""
    return torch.cuda.max_memory_allocated() if torch.cuda.is_initialized() else 0


def _of_jax(jax):
    stats = jax.local_devices()[0].memory_stats()
    return stats["peak_bytes_in_use"] if stats else 0


def _of_tensorflow(tensorflow):
    """The peak, from TensorFlow 2.5 on; 0 for older versions."""
    experimental = getattr(getattr(tensorflow, "config", None), "experimental", None)
    ask = getattr(experimental, "get_memory_info", None)
    return ask("GPU:0")["peak"] if ask else 0


COUNTERS = (("torch", _of_torch), ("jax", _of_jax), ("tensorflow", _of_tensorflow))
