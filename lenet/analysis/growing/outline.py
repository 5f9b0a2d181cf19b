"""Keep the outline of a curve that grows: its extremes, at a resolution that it outgrows by halves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_NONE = np.zeros((0, 4))


class Outline:
    """A curve's lowest and highest point of each bin; every outlier of a bin stays.

    Bins are equally many points wide, `most` of them at the most. When they are full, neighbours
    become one. So a curve of up to 2 * most points is kept whole, and a longer one in most to
    2 * most points. As in `charts.decimate.extremes`, whose bins fit a curve of known length.
    """

    def __init__(self, most: int) -> None:
        self.most = max(most, 2)
        self.width = 1
        self._bins = _NONE
        """A row per bin: x and y of its lowest point, x and y of its highest."""
        self._part = _NONE
        """The bin that is not full yet: one row, or none."""
        self._held = 0

    def add(self, x: Floats, y: Floats) -> None:
        """Go on with points (n,), x ascending beyond all before; y without NaN."""
        used = min(self.width - self._held, len(x)) if self._held else 0
        if used:
            self._part = _paired(np.vstack([self._part, _extremes(x[:used], y[:used], used)]), 2)
            self._held += used
            if self._held == self.width:
                self._bins, self._part, self._held = np.vstack([self._bins, self._part]), _NONE, 0
        whole = (len(x) - used) // self.width * self.width
        if whole:
            middle = slice(used, used + whole)
            self._bins = np.vstack([self._bins, _extremes(x[middle], y[middle], self.width)])
        if used + whole < len(x):
            rest = slice(used + whole, None)
            self._held = len(x) - used - whole
            self._part = _extremes(x[rest], y[rest], self._held)
        while len(self._bins) > self.most:
            self._halve()

    def points(self) -> tuple[Floats, Floats]:
        """x and y of the outline, x ascending."""
        bins = np.vstack([self._bins, self._part])
        low_first = (bins[:, 0] <= bins[:, 2])[:, None]
        points = np.where(low_first, bins, bins[:, [2, 3, 0, 1]]).reshape(-1, 2)
        keep = np.ones(len(points), bool)
        keep[1::2] = points[1::2, 0] != points[::2, 0]
        return points[keep, 0], points[keep, 1]

    def _halve(self) -> None:
        """Two neighbours become one bin; a last one without a neighbour joins the part."""
        even = len(self._bins) // 2 * 2
        if even < len(self._bins):
            self._part = np.vstack([self._bins[even:], self._part])
            self._part = _paired(self._part, len(self._part))
            self._held += self.width
        self._bins = _paired(self._bins[:even], 2)
        self.width *= 2


def _extremes(x: Floats, y: Floats, width: int) -> Floats:
    """The rows of bins of `width` points."""
    columns = y.reshape(-1, width)
    starts = np.arange(0, len(y), width)
    low, high = starts + columns.argmin(axis=1), starts + columns.argmax(axis=1)
    return np.column_stack([x[low], y[low], x[high], y[high]])


def _paired(bins: Floats, of: int) -> Floats:
    """Bins of which each is the sum of `of` neighbours."""
    groups = bins.reshape(-1, of, 4)
    each = np.arange(len(groups))
    low, high = groups[each, groups[:, :, 1].argmin(axis=1)], groups[each, groups[:, :, 3].argmax(axis=1)]
    return np.column_stack([low[:, :2], high[:, 2:]])
