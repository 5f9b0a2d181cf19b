"""Keep the medians of a curve that grows, over stretches that it outgrows by halves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SHORTEST = 10
"""The fewest points of a median: over fewer it would be as noisy as they are."""
MOST = 100
"""The most stretches of a curve."""
KEPT = 80
"""The points that a stretch keeps, evenly spread in the order of their height."""


class Stretches:
    """Medians over at most MOST stretches of equally many points.

    When they are full, neighbours become one. A stretch keeps KEPT of its points, so medians of up
    to KEPT points are exact. Each time that two become one moves a median by at most a rank in
    2 * KEPT: after ten times it is a figure of the middle eighth of its stretch.
    """

    def __init__(self) -> None:
        self.width = SHORTEST
        self._x = np.zeros((0, 3))
        """A row per stretch: its first x, its median x, its last x."""
        self._kept = np.zeros((0, SHORTEST))
        self._open_x: list[Floats] = []
        self._open_y: list[Floats] = []
        self._held = 0

    def add(self, x: Floats, y: Floats) -> None:
        """Go on with points (n,), x ascending beyond all before; y without NaN."""
        if len(x):
            self._open_x.append(x)
            self._open_y.append(y)
            self._held += len(x)
        while self._held >= self.width:
            self._close()

    def points(self) -> tuple[Floats, Floats]:
        """The median x and y of each stretch; of the last, which grows, of KEPT to 2 * KEPT points."""
        x, y = self._x[:, 1], _medians(self._kept)
        if self._held:
            every = max(self._held // KEPT, 1)
            open_x, open_y = (np.concatenate(one)[::every] for one in (self._open_x, self._open_y))
            x, y = np.append(x, np.median(open_x)), np.append(y, np.median(open_y))
        return x, y

    def _close(self) -> None:
        """The points that wait become as many stretches as they fill."""
        x, y = np.concatenate(self._open_x), np.concatenate(self._open_y)
        whole = min(len(x) // self.width, MOST) * self.width
        columns = x[:whole].reshape(-1, self.width)
        middle = columns[:, [(self.width - 1) // 2, self.width // 2]].mean(axis=1)
        self._x = np.vstack([self._x, np.column_stack([columns[:, 0], middle, columns[:, -1]])])
        self._kept = np.vstack([self._kept, _thinned(y[:whole].reshape(-1, self.width))])
        self._open_x, self._open_y, self._held = [x[whole:]], [y[whole:]], len(x) - whole
        while len(self._x) > MOST:
            self._halve()

    def _halve(self) -> None:
        """Two neighbours become one stretch; most is even, so one too many goes back to what waits."""
        even = len(self._x) // 2 * 2
        if even < len(self._x):
            self._open_x.insert(0, np.linspace(float(self._x[-1, 0]), float(self._x[-1, 2]), self.width))
            self._open_y.insert(0, np.repeat(self._kept[-1], self.width // self._kept.shape[1]))
            self._held += self.width
        left, right = self._x[:even:2], self._x[1:even:2]
        self._x = np.column_stack([left[:, 0], (left[:, 2] + right[:, 0]) / 2, right[:, 2]])
        self._kept = _thinned(self._kept[:even].reshape(even // 2, -1))
        self.width *= 2


def _thinned(values: Floats) -> Floats:
    """At most KEPT of each row's values, evenly spread in their order, from the middle of each share."""
    count = values.shape[1]
    if count <= KEPT:
        return values
    ordered = np.sort(values, axis=1)
    ranks = (np.arange(KEPT) + 0.5) * count / KEPT
    # Of two ranks as near, the lower half takes the lower one, the upper half the upper one.
    at = np.where(ranks < count / 2, np.ceil(ranks) - 1, np.floor(ranks)).astype(np.int64)
    return ordered[:, at]


def _medians(values: Floats) -> Floats:
    return np.median(values, axis=1) if len(values) else np.zeros(0)
