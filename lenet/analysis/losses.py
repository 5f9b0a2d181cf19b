"""The loss of each batch, whatever a variant puts on the tape."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lenet import catalog


def per_batch(losses: npt.NDArray[np.float64], variant: str, batches_per_epoch: int) -> npt.NDArray[np.float64]:
    """Loss of each batch (n,) from what `variant` wrote on the tape from its first batch on (n,).

    Where that is the mean m over the epoch so far, batch k of an epoch had k*m_k - (k-1)*m_(k-1).
    NaN where a loss, or the one before it, has not been read.
    """
    known = catalog.VARIANTS.get(variant)
    if known is None or not known.running_loss:
        return losses
    place = np.arange(len(losses)) % batches_per_epoch
    totals = (place + 1) * losses
    before = np.where(place == 0, 0.0, np.concatenate([[0.0], totals[:-1]])[: len(totals)])
    return totals - before
