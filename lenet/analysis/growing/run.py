"""A run that still trains, in the figures that a live page draws of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lenet import catalog
from lenet.analysis.growing.histogram import Histogram
from lenet.analysis.growing.marks import Marks
from lenet.analysis.growing.outline import Outline
from lenet.analysis.growing.slices import GrowingSlices
from lenet.analysis.growing.stretches import Stretches
from lenet.analysis.losses import per_batch
from lenet.analysis.steady import WARMUP, Rows, milliseconds
from lenet.records import Run
from lenet.settings import Settings

Floats = npt.NDArray[np.float64]

SEEN = 3 * WARMUP
"""The batches at the start of a run by which its axes are chosen: the first warm ones."""
BINS = 1200
"""The bins of a curve's outline."""
RECENT = 50
"""The batches that count as "now": a slice or two."""
LONGEST_UNREAD = 1 << 16
"""Losses that a run reads late are waited for as long as they are no more than these."""


class Curve:
    """A curve that grows: its outline, and its medians."""

    def __init__(self, bins: int) -> None:
        self.outline, self.medians = Outline(bins), Stretches()

    def add(self, x: Floats, y: Floats) -> None:
        """Go on with points (n,), x ascending beyond all before; y without NaN."""
        self.outline.add(x, y)
        self.medians.add(x, y)


class GrowingRun:
    """What is known of a run so far.

    run: its record, which the owner of this brings up to date. settings: those of its experiment.
    bins: of the outlines of its curves.
    """

    def __init__(self, run: Run, settings: Settings, bins: int = BINS) -> None:
        self.run = run
        self.settings = catalog.settings_of(run.label, settings)
        self.planned = self.settings.batches
        self.count = 0
        self.begin = self.end = 0
        """When its first batch began and its last one ended, in ns of the tapes' clock; 0 without."""
        self.head: Floats = np.zeros(0)
        """Times in ms of its first SEEN batches."""
        self.recent: Floats = np.zeros(0)
        """Times in ms of its last RECENT batches."""
        self.recent_losses: Floats = np.zeros(0)
        """The last RECENT losses that were read."""
        self.seconds = 0.0
        """Spent training, without pauses."""
        self.times, self.losses = Histogram(), Histogram()
        """Of its warm batches in ms; of all losses that were read."""
        self.marks, self.slices = Marks(), GrowingSlices(self.settings)
        self.timing, self.loss = Curve(bins), Curve(bins)
        self.read = 0
        """Batches whose losses have been taken, or are not waited for any more."""
        self._seconds_read = 0.0
        known = catalog.of_label(run.label)
        self.overlap = known.batches_per_call if known and known.running_loss else 0
        """The rows before a batch that its own loss may need."""

    @property
    def wanted(self) -> int:
        """The first row of its tape that the next look needs: losses may be written late, and a
        running mean is taken apart by the one before."""
        return max(min(self.count, self.read - self.overlap), 0)

    def add(self, rows: Rows, first: int) -> None:
        """Go on with the rows of its tape from row `first` on; `first` is at most `wanted`."""
        new = rows[self.count - first :]
        if len(new):
            self._add_times(new)
        self._add_losses(rows, first)

    @property
    def median_ms(self) -> float:
        """The median time of its warm batches in ms, within 0.1 %; NaN before there is one."""
        return self.times.quantile(0.5)

    def above(self, ms: float) -> int:
        """How many batches took longer than `ms`."""
        return self.times.above(ms) + int((self.head[:WARMUP] > ms).sum())

    def _add_times(self, new: Rows) -> None:
        ms = milliseconds(new)
        number = np.arange(self.count + 1, self.count + len(new) + 1, dtype=np.float64)
        seconds = self.seconds + np.cumsum(ms) / 1e3
        self.times.add(ms[max(WARMUP - self.count, 0) :])
        self.head = np.concatenate([self.head, ms[: max(SEEN - len(self.head), 0)]])
        self.recent = np.concatenate([self.recent, ms[-RECENT:]])[-RECENT:]
        self.marks.add(new["end"].astype(np.int64), seconds)
        self.slices.add(new)
        self.timing.add(number, ms)
        if not self.count:
            self.begin = int(new["start"][0])
        self.count, self.end, self.seconds = int(number[-1]), int(new["end"][-1]), float(seconds[-1])

    def _add_losses(self, rows: Rows, first: int) -> None:
        """Take the losses up to the last one that has been read."""
        skipped = self.read - first
        unread = rows["loss"][skipped:]
        found = np.flatnonzero(~np.isnan(unread))
        taken = int(found[-1]) + 1 if len(found) else 0
        if len(unread) - taken > LONGEST_UNREAD or self.run.status != "running":
            taken = len(unread)
        if not taken:
            return
        span = rows[: skipped + taken]
        losses = per_batch(span["loss"], self.run.label, self.settings.batches_per_epoch, first)[skipped:]
        seconds = self._seconds_read + np.cumsum(milliseconds(span[skipped:])) / 1e3
        known = np.isfinite(losses)
        self.loss.add(seconds[known], losses[known])
        self.losses.add(np.maximum(losses[known], 0.0))
        self.recent_losses = np.concatenate([self.recent_losses, losses[known][-RECENT:]])[-RECENT:]
        self.read, self._seconds_read = self.read + taken, float(seconds[-1])
