"""Read the loss of each batch from the tape, whatever kind of loss a variant writes there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lenet import catalog


def per_batch(
    losses: npt.NDArray[np.float64], label: str, batches_per_epoch: int, first: int = 0
) -> npt.NDArray[np.float64]:
    """Loss of each batch (n,), from the losses (n,) on the tape of a run of `label`.

    first: how many batches of the run came before them; where one of those would be needed the loss
    is NaN. A variant with a running loss writes the mean m over the epoch so far: batch k of an epoch
    then had k*m_k - (k-1)*m_(k-1). A variant that trains several batches per call gets the mean of
    the call for its last batch. NaN where a loss, or the one before it, was not read.
    """
    known = catalog.of_label(label)
    if known is None or not known.running_loss:
        return losses
    number = first + np.arange(len(losses))
    place = number % batches_per_epoch
    in_call = place % known.batches_per_call
    totals = (place + 1) * losses
    ended = number - first - in_call - 1
    before = np.where(in_call == place, 0.0, np.where(ended < 0, np.nan, totals[ended]))
    return np.asarray((totals - before) / (in_call + 1))
