"""Thin series without changing the picture, so that long runs send a browser no more data."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Window = tuple[float, float]
STRETCH = 10
"""The fewest values of a median: over fewer it would be as noisy as they are."""
_OUTSIDE = 8
"""Each side of a zoomed window gets one in so many of the points."""


def extremes(y: Array, points: int) -> npt.NDArray[np.int64]:
    """Indices of at most `points` values of y (n,), in order: the extremes of points / 2 bins.

    Every outlier that is an extreme of its bin stays; an average would hide it. The M4 idea of
    Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation" (VLDB 2014), without
    first and last.
    """
    if len(y) <= points:
        return np.arange(len(y))
    bins = max(1, points // 2)
    width = -(-len(y) // bins)
    whole = len(y) // width * width
    body = y[:whole].reshape(-1, width)
    starts = np.arange(0, whole, width)
    picked = [starts + body.argmin(axis=1), starts + body.argmax(axis=1)]
    if whole < len(y):
        picked += [[whole + y[whole:].argmin()], [whole + y[whole:].argmax()]]
    return np.unique(np.concatenate(picked))


def resample(x: Array, y: Array, points: int, window: Window | None = None) -> tuple[Array, Array]:
    """x, y (n,), with x ascending, thinned to at most `points`.

    With a `window`, most points lie inside it; a coarse outline stays outside, so that zooming out
    shows the whole run at once. y must hold no NaN.
    """
    keep = extremes(y, points) if window is None else _around(x, y, points, window)
    return x[keep], y[keep]


def _around(x: Array, y: Array, points: int, window: Window) -> npt.NDArray[np.int64]:
    low, high = sorted(window)
    # One more point on either side, so that the lines cross the window's edges.
    first = max(int(np.searchsorted(x, low)) - 1, 0)
    last = min(int(np.searchsorted(x, high, side="right")) + 1, len(x))
    side = points // _OUTSIDE
    parts = (
        extremes(y[:first], side),
        first + extremes(y[first:last], points - 2 * side),
        last + extremes(y[last:], side),
    )
    return np.concatenate(parts)


def medians(x: Array, y: Array, bins: int) -> tuple[Array, Array]:
    """Medians of x and y (n,) over at most `bins` stretches of at least STRETCH values each."""
    if not len(y):
        return x, y
    width = max(STRETCH, -(-len(y) // bins))
    whole = len(y) // width * width
    xs, ys = (np.median(a[:whole].reshape(-1, width), axis=1) for a in (x, y))
    if whole == len(y):
        return xs, ys
    return np.append(xs, np.median(x[whole:])), np.append(ys, np.median(y[whole:]))
