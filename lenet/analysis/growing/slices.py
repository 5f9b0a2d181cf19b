"""Find the slices of a run that grows, as `steady` finds those of a whole one."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet.analysis.steady import BLOCK, SHORT_TURN, SHORTEST, WARMUP, Rows, dropped
from lenet.settings import Settings
from lenet.worker.tape import DTYPE

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass
class _Slice:
    batches: int = 0
    ms: float = 0.0
    zeros: int = 0

    def take(self, other: _Slice) -> None:
        self.batches += other.batches
        self.ms += other.ms
        self.zeros += other.zeros

    @property
    def timed(self) -> bool:
        """Whether its median batch took any time."""
        return self.batches > 0 and 2 * self.zeros <= self.batches and self.ms > 0


class GrowingSlices:
    """The mean time of the batches that count, for each slice of a run so far.

    The same slices as those of `steady.steady`, but where a run trains without turns: its blocks
    begin at the start of a stretch, and only the last of them differs in length.
    """

    def __init__(self, settings: Settings) -> None:
        self._waited = settings.sync == "batch"
        self._blocks = self._waited and settings.slice_ms == 0
        self._held: Rows = np.zeros(0, DTYPE)
        """The open turn, while it is a short one."""
        self._rows = 0
        self._end: int | None = None
        self._stretch = 0
        self._place = 0
        """Of the next batch in its stretch, if that goes on."""
        self._warm = 0
        """With sync "epoch": the last stretch that does not count."""
        self._counted = 0
        """Batches of the open stretch that count."""
        self._part = (0, 0)
        """The stretch that is open, and its block."""
        self._open = _Slice()
        self._last = _Slice()
        self._last_stretch = -1
        self._means = np.zeros(0)
        self._closed = 0

    def add(self, rows: Rows) -> None:
        """Go on with rows of `tape.DTYPE` (n,)."""
        rows = np.concatenate([self._held, rows])
        if not len(rows):
            return
        resumed = np.concatenate([[self._end not in (None, rows["start"][0])], rows["start"][1:] != rows["end"][:-1]])
        place = self._places(resumed)
        # How many batches of a turn do not count is known once it is over, or long.
        last = len(rows) - 1 - int(place[-1])
        whole = len(rows) if last < 0 or place[-1] + 1 >= SHORT_TURN or not resumed[last] else last
        self._held = rows[whole:]
        self._go_on(rows[:whole], resumed[:whole], place[:whole])

    def _go_on(self, rows: Rows, resumed: npt.NDArray[np.bool_], place: Integers) -> None:
        """Take rows of stretches that are over, or so long that their length does not matter."""
        if not len(rows):
            return
        stretch = self._stretch + np.cumsum(resumed)
        number = self._rows + np.arange(len(rows))
        if self._rows < WARMUP:
            self._warm = int(stretch[min(WARMUP - self._rows, len(rows)) - 1])
        if self._waited:
            ends = np.flatnonzero(np.append(np.diff(stretch) != 0, True))
            sizes = (place[ends] + 1)[stretch - stretch[0]]
            counts = (number >= WARMUP) & ((stretch == 0) | (place >= dropped(sizes)))
        else:
            counts = (number >= WARMUP) & (stretch > self._warm)
        self._take(stretch[counts], ((rows["end"] - rows["start"]) / 1e6)[counts])
        self._rows, self._end, self._stretch = int(number[-1]) + 1, int(rows["end"][-1]), int(stretch[-1])
        self._place = int(place[-1]) + 1

    def means(self) -> Floats:
        """The mean time in ms of each slice so far (slices,)."""
        if len(self._held):
            now = deepcopy(self)
            held, now._held = now._held, now._held[:0]
            now._go_on(held, np.arange(len(held)) == 0, np.arange(len(held)))
            return now.means()
        closed, last, rest = self._means[: self._closed], self._last, self._open
        short = self._joins_last() if self._blocks else rest.batches < SHORTEST
        if short and last.batches:
            joined = _Slice(last.batches, last.ms, last.zeros)
            joined.take(rest)
            last, rest = joined, _Slice()
        ends = [one.ms / one.batches for one in (last, rest) if one.timed]
        return np.concatenate([closed, ends])

    def _places(self, resumed: npt.NDArray[np.bool_]) -> Integers:
        """The place of each batch in its stretch, from 0."""
        number = np.arange(len(resumed))
        begins = np.maximum.accumulate(np.where(resumed, number, -self._place))
        return number - begins

    def _take(self, stretch: Integers, ms: Floats) -> None:
        """Add batches that count to the slices."""
        if not len(ms):
            return
        block = np.zeros(len(ms), np.int64)
        if self._blocks:
            first = np.searchsorted(stretch, stretch)
            place = np.arange(len(ms)) - first + np.where(stretch == self._part[0], self._counted, 0)
            block = place // BLOCK
            self._counted = int(place[-1]) + 1
        begins = np.flatnonzero(np.concatenate([[True], (np.diff(stretch) != 0) | (np.diff(block) != 0)]))
        sums, zeros = np.add.reduceat(ms, begins), np.add.reduceat((ms == 0).astype(np.int64), begins)
        sizes = np.diff(np.append(begins, len(ms)))
        for at, begin in enumerate(begins):
            part = (int(stretch[begin]), int(block[begin]))
            if part != self._part:
                self._close()
                self._part = part
            self._open.take(_Slice(int(sizes[at]), float(sums[at]), int(zeros[at])))

    def _close(self) -> None:
        """A stretch, or a block of one, is over: it is a slice if it is long enough."""
        if not self._open.batches:
            return
        if self._joins_last():
            self._last.take(self._open)
        elif self._blocks or self._open.batches >= SHORTEST:
            self._store()
            self._last, self._last_stretch = self._open, self._part[0]
        else:
            return
        self._open = _Slice()

    def _joins_last(self) -> bool:
        """Whether the open slice is the short rest of a stretch of which the last slice is a block."""
        same = self._blocks and self._last_stretch == self._part[0]
        return same and self._open.batches < BLOCK // 2

    def _store(self) -> None:
        """The last slice cannot change any more."""
        if not self._last.timed:
            return
        if self._closed == len(self._means):
            self._means = np.concatenate([self._means, np.zeros(max(256, len(self._means)))])
        self._means[self._closed] = self._last.ms / self._last.batches
        self._closed += 1
