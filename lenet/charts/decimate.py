"""Thin series without changing the picture, so that long runs send a browser no more data."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
STRETCH = 10
"""The fewest values of a median: over fewer it would be as noisy as they are."""


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


def resample(x: Array, y: Array, points: int) -> tuple[Array, Array]:
    """x, y (n,) thinned to at most `points`. y must hold no NaN."""
    keep = extremes(y, points)
    return x[keep], y[keep]


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
