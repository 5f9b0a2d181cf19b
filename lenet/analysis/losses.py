"""Read the loss of each batch from the tape, whatever kind of loss a variant writes there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lenet import catalog


def per_batch(losses: npt.NDArray[np.float64], label: str, batches_per_epoch: int) -> npt.NDArray[np.float64]:
    """Loss of each batch (n,), from the losses (n,) on the tape of a run of `label`.

    The tape starts at the run's first batch. A variant with a running loss writes the mean m over
    the epoch so far: batch k of an epoch then had k*m_k - (k-1)*m_(k-1). A variant that trains
    several batches per call gets the mean of the call for its last batch. NaN where a loss, or the
    one before it, was not read.
    """
    known = catalog.of_label(label)
    if known is None or not known.running_loss:
        return losses
    number = np.arange(len(losses))
    place = number % batches_per_epoch
    in_call = place % known.batches_per_call
    totals = (place + 1) * losses
    before = np.where(in_call == place, 0.0, totals[number - in_call - 1])
    return np.asarray((totals - before) / (in_call + 1))
