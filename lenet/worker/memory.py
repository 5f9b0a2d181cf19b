"""The most memory that a run took on the device, by the counters of the framework that trained.

Asked once, after the last batch. Nothing is imported for it: of the frameworks that this process
has loaded, the first that has used the device answers.
"""

import sys


def device_peak(device):
    """{"device_peak_bytes": bytes that the framework held there at once, at most}; {} where none
    tells.

    device: 'cpu' or 'gpu'; of the CPU's memory no framework keeps such a count. It goes back to the
    start of the process: building and the first batches, in which algorithms are tried out, are in
    it.
    """
    for name, ask in COUNTERS:
        if device == "gpu" and name in sys.modules:
            # A counter that does not answer (an allocator of the user's own, say) must not cost a
            # run that trained.
            try:
                peak = ask(sys.modules[name])
            except Exception as error:
                sys.stderr.write("{} tells no device memory: {}\n".format(name, error))
                continue
            if peak:
                return {"device_peak_bytes": int(peak)}
    return {}


def _of_torch(torch):
    """Bytes of tensors; what its allocator keeps beyond them for the next ones is not in it."""
    return torch.cuda.max_memory_allocated() if torch.cuda.is_initialized() else 0


def _of_jax(jax):
    stats = jax.local_devices()[0].memory_stats()
    return stats["peak_bytes_in_use"] if stats else 0


def _of_tensorflow(tensorflow):
    """Since 2.5; an older one does not tell."""
    experimental = getattr(getattr(tensorflow, "config", None), "experimental", None)
    ask = getattr(experimental, "get_memory_info", None)
    return ask("GPU:0")["peak"] if ask else 0


COUNTERS = (("torch", _of_torch), ("jax", _of_jax), ("tensorflow", _of_tensorflow))
