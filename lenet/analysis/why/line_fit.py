"""The straight line a + b*B through times at several batch sizes, or through differences of times,
round by round."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from lenet.analysis.estimator import SEED
from lenet.analysis.intervals import Interval, around, leaves_out_zero

SMALL = 0.03
"""A time off the line by less than 3 % is not worth speaking of, however sure it is."""
FEWEST = 4
"""A straight line through three points fits too easily to say that it holds."""
DRAWS = 100
PASSES = 8
TUNING = 1.345
"""Huber's constant: 95 % as good as least squares where noise is normal, and outliers count no more
than that."""
LEAST_SCALE = 0.002

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Points:
    """Figures of one variant, or of one less another: sizes (n,) in images, values (rounds, n) in
    us per batch."""

    sizes: Floats
    values: Floats
    scale: Floats
    """(rounds, n): the times in us that noise is proportional to; of a single variant its
    values."""
    deviations: Floats
    """(rounds, n): standard deviation of each value by its slices alone, in us."""
    slices: int

    def between(self, low: int, high: int) -> Points:
        """The sizes from place `low` to before place `high`."""
        part = slice(low, high)
        return Points(
            self.sizes[part], self.values[:, part], self.scale[:, part], self.deviations[:, part], self.slices
        )


@dataclass(frozen=True)
class Fit:
    """The law of one variant. a in us per batch, b in us per image; NaN where it does not hold."""

    variant: str
    a: Interval
    b: Interval
    holds: bool
    """Over FEWEST batch sizes or more."""
    smallest: int
    largest: int
    """The batch sizes between which it holds; both 0 where it does not."""
    reason: str
    """Where it does not hold, and what was found there; '' where it holds at every size."""


@dataclass(frozen=True)
class Line:
    """The fits of all rounds: `rounds` (rounds, 2) has a in us per batch and b in us per image."""

    rounds: Floats
    drawn: Floats
    """(rounds, DRAWS, 2): the same with the noise of the slices once more on top."""
    slices: int

    def value(self, weights: Floats) -> Interval:
        """weights @ (a, b) with its 95 % interval: (1, 0) is a, (0, 1) is b, (1, B) the time at
        batch size B."""
        return around(self.rounds @ weights, float((self.drawn @ weights).var(axis=1).mean()), self.slices)


def through(points: Points) -> Line:
    """The line of each round; of the slices' noise DRAWS fits, the same draws every time."""
    generator = np.random.default_rng((SEED, len(points.sizes)))
    noise = generator.normal(size=(len(points.values), DRAWS, len(points.sizes)))
    shaken = points.values[:, None] + noise * points.deviations[:, None]
    found = fit(points.sizes, points.values, points.scale)
    return Line(found, fit(points.sizes, shaken, points.scale[:, None]), points.slices)


def fit(sizes: Floats, values: Floats, scale: Floats) -> Floats:
    """a and b (..., 2) of the line through values (..., n) whose noise is proportional to scale
    (..., n).

    Huber's estimate by reweighted least squares, starting from the least absolute deviation: one
    process in a bad state moves it little, and where there is none it is nearly as good as least
    squares.
    """
    found = _least_absolute(sizes, values, scale)
    for _ in range(PASSES):
        rest = np.abs(_rest(sizes, values, scale, found))
        usual = np.maximum(1.4826 * np.median(rest, axis=-1, keepdims=True), LEAST_SCALE)
        found = _weighted(sizes, values, scale, np.minimum(1.0, TUNING * usual / np.maximum(rest, 1e-12)))
    return found


def _rest(sizes: Floats, values: Floats, scale: Floats, line: Floats) -> Floats:
    """How far each value lies above the line, as a share of its scale."""
    return np.asarray((values - line[..., :1] - line[..., 1:] * sizes) / scale)


def _least_absolute(sizes: Floats, values: Floats, scale: Floats) -> Floats:
    """The best of the lines through two of the points: one of them has the least sum of relative
    deviations."""
    pairs = list(combinations(range(len(sizes)), 2))
    slopes = np.stack([(values[..., j] - values[..., i]) / (sizes[j] - sizes[i]) for i, j in pairs], axis=-1)
    heights = np.stack([values[..., i] for i, _ in pairs], axis=-1) - slopes * sizes[[i for i, _ in pairs]]
    lines = np.stack([heights, slopes], axis=-1)
    cost = np.abs(_rest(sizes, values[..., None, :], scale[..., None, :], lines)).sum(axis=-1)
    best = cost.argmin(axis=-1)[..., None, None]
    return np.asarray(np.take_along_axis(lines, best, axis=-2)[..., 0, :])


def _weighted(sizes: Floats, values: Floats, scale: Floats, weights: Floats) -> Floats:
    """Weighted least squares of the relative deviations."""
    w = weights / scale**2
    total, x, y = w.sum(axis=-1), (w * sizes).sum(axis=-1), (w * values).sum(axis=-1)
    xx, xy = (w * sizes**2).sum(axis=-1), (w * sizes * values).sum(axis=-1)
    slope = (total * xy - x * y) / (total * xx - x**2)
    return np.stack([(y - slope * x) / total, slope], axis=-1)


def off(points: Points) -> Floats:
    """How far the sizes' values lie off their line, as a share of their scale (n,); 0 where small
    or not sure."""
    line = through(points)
    result = np.zeros(len(points.sizes))
    for place, size in enumerate(points.sizes):
        expected = line.rounds @ np.array([1.0, size])
        scale = points.scale[:, place]
        within = float(((points.deviations[:, place] / scale) ** 2).mean())
        found = around((points.values[:, place] - expected) / scale, within, points.slices)
        if leaves_out_zero(found) and abs(found.estimate) > SMALL:
            result[place] = found.estimate
    return result


def holding(points: Points) -> tuple[int, int] | None:
    """The longest range of sizes (places, the end not in it) that a line holds over; None below
    FEWEST sizes.

    Of equally long ranges, the one with the least scatter about its line.
    """
    count = len(points.sizes)
    for length in range(count, FEWEST - 1, -1):
        ranges = [(low, low + length) for low in range(count - length + 1)]
        straight = [ends for ends in ranges if not off(points.between(*ends)).any()]
        if straight:
            return min(straight, key=lambda ends: _scatter(points.between(*ends)))
    return None


def _scatter(points: Points) -> float:
    middle, scale = points.values.mean(axis=0), points.scale.mean(axis=0)
    return float(np.abs(_rest(points.sizes, middle, scale, fit(points.sizes, middle, scale))).max())
