"""Count figures by their size, for a median that needs no figure again."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BITS = 10
_SHIFT = 52 - BITS
LEAST, MOST = 1e-9, 1e12
"""Figures beyond are counted as these: a loss of 1e300 needs no bin of its own."""


class Histogram:
    """Positive figures in bins that are 0.1 % wide (1 / 2**BITS of the next power of two below).

    A bin stands for the mean of its figures, so a quantile is off by less than 0.1 %, and exact
    where all figures are the same. Figures of 0 are counted apart, as the smallest.
    """

    def __init__(self) -> None:
        self.count = 0
        self._zeros = 0
        self._first = 0
        self._counts = np.zeros(0, np.int64)
        self._sums = np.zeros(0)

    def add(self, values: Floats) -> None:
        """Count figures (n,) of 0 or more."""
        self.count += len(values)
        positive = values[values > 0]
        self._zeros += len(values) - len(positive)
        if not len(positive):
            return
        bins = _bins(positive)
        low, high = int(bins.min()), int(bins.max())
        self._reach(low, high)
        here = slice(low - self._first, high - self._first + 1)
        self._counts[here] += np.bincount(bins - low)
        self._sums[here] += np.bincount(bins - low, positive)

    def quantile(self, share: float) -> float:
        """The figure below which a share (0 to 1) of all lies; NaN without figures."""
        if not self.count:
            return math.nan
        place = share * (self.count - 1)
        below, above = (self._at(rank) for rank in (math.floor(place), math.ceil(place)))
        return below + (above - below) * (place - math.floor(place))

    def above(self, limit: float) -> int:
        """How many figures are larger than `limit`; of those within 0.1 % of it all or none."""
        at = int(_bins(np.array([limit]))[0]) - self._first
        if at < 0:
            return self.count - self._zeros
        larger = int(self._counts[at + 1 :].sum())
        here = int(self._counts[at]) if at < len(self._counts) else 0
        return larger + (here if here and self._sums[at] / here > limit else 0)

    def _at(self, rank: int) -> float:
        if rank < self._zeros:
            return 0.0
        at = int(np.searchsorted(np.cumsum(self._counts), rank - self._zeros, side="right"))
        return float(self._sums[at] / self._counts[at])

    def _reach(self, low: int, high: int) -> None:
        """Make room for bins from `low` to `high`."""
        if not len(self._counts):
            self._first = low
        before = max(self._first - low, 0)
        after = max(high - self._first - len(self._counts) + 1, 0)
        if before or after:
            self._counts = np.pad(self._counts, (before, after))
            self._sums = np.pad(self._sums, (before, after))
            self._first -= before


def _bins(values: Floats) -> npt.NDArray[np.int64]:
    """The number of each figure's bin: the leading bits of a float grow with it."""
    held = np.clip(np.asarray(values, np.float64), LEAST, MOST)
    return held.view(np.int64) >> _SHIFT
