"""A part of a curve that a reader has zoomed into, finer than the outline of the whole shows it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lenet.analysis.growing.run import GrowingRun
from lenet.analysis.losses import per_batch
from lenet.analysis.steady import Rows, milliseconds

Floats = npt.NDArray[np.float64]
Read = Callable[[int, int], Rows]
"""(first row, how many) -> these rows of a tape."""

WIDEST = 1 << 17
"""The most batches that are read for a window; a wider one shows the outline of the whole. So a
reader who zooms costs the same however long a run is."""


class Window(NamedTuple):
    """The ends of the x axis that is shown: numbers of batches, or seconds of training."""

    low: float
    high: float


def timing(run: GrowingRun, window: Window, read: Read) -> tuple[Floats, Floats]:
    """Numbers and times in ms of the batches in a window, and of one on either side; none where the
    window is too wide."""
    first = max(math.floor(window.low) - 2, 0)
    count = min(math.ceil(window.high) + 1, run.count) - first
    if not 0 < count <= WIDEST:
        return np.zeros(0), np.zeros(0)
    ms = milliseconds(read(first, count))
    return np.arange(first + 1, first + len(ms) + 1, dtype=np.float64), ms


def loss(run: GrowingRun, window: Window, read: Read) -> tuple[Floats, Floats]:
    """Seconds of training and losses of the batches in a window, and of some on either side; none
    where the window is too wide."""
    first, seconds = run.marks.near(window.low, after=False)
    count = min(run.marks.near(window.high, after=True)[0], run.read) - first
    if not 0 < count <= WIDEST:
        return np.zeros(0), np.zeros(0)
    before = min(run.overlap, first)
    rows = read(first - before, before + count)
    losses = per_batch(rows["loss"], run.run.label, run.settings.batches_per_epoch, first - before)[before:]
    x = seconds + np.cumsum(milliseconds(rows[before:])) / 1e3
    known = np.isfinite(losses)
    return x[known], losses[known]
