"""Fit a straight line a + b*B through times, or differences of times, at several batch sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from lenet.analysis.estimator import SEED
from lenet.analysis.intervals import Interval, around, leaves_out_zero

SMALL = 0.03
"""A distance from the line below 3 % is not worth mentioning, however certain it is."""
FEWEST = 4
"""The fewest points for a line: three fit too easily to show that it holds."""
DRAWS = 100
PASSES = 8
TUNING = 1.345
"""Huber's constant: 95 % efficiency for normal noise, and a bounded influence of outliers."""
LEAST_SCALE = 0.002

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Points:
    """Figures of one variant, or differences of two, by batch size.

    sizes: (n,) in images. values: (rounds, n) in us per batch.
    """

    sizes: Floats
    values: Floats
    scale: Floats
    """(rounds, n): the times in us to which noise is proportional; a single variant's values."""
    deviations: Floats
    """(rounds, n): the standard deviation of each value by its slices alone, in us."""
    slices: int

    def between(self, low: int, high: int) -> Points:
        """The points of sizes from place `low` up to, not including, place `high`."""
        return self._at(np.arange(low, high))

    def of(self, sizes: Sequence[float]) -> Points:
        """The points of these sizes."""
        return self._at(np.flatnonzero(np.isin(self.sizes, sizes)))

    def divided(self, pace: float) -> Points:
        """The same on a machine that is so many times as fast."""
        return Points(self.sizes, self.values / pace, self.scale / pace, self.deviations / pace, self.slices)

    def _at(self, places: npt.NDArray[np.int64]) -> Points:
        part = (slice(None), places)
        return Points(self.sizes[places], self.values[part], self.scale[part], self.deviations[part], self.slices)


def over_sessions(sessions: Sequence[Points]) -> Points:
    """The same points over sessions, by the sizes that all have: a session takes the place of a round.

    Its values are the means of its rounds; how surely it knows them follows from how far its rounds lie
    apart, or from the slices of the only one. One session alone keeps its rounds.
    """
    sizes = [size for size in sessions[0].sizes if all(size in one.sizes for one in sessions)]
    same = [one.of(sizes) for one in sessions]
    if len(sessions) == 1 or not sizes:
        return same[0]
    return Points(
        np.array(sizes),
        np.array([one.values.mean(axis=0) for one in same]),
        np.array([one.scale.mean(axis=0) for one in same]),
        np.array([_of_mean(one) for one in same]),
        sum(len(one.values) for one in same),
    )


def _of_mean(points: Points) -> Floats:
    """The standard deviation (n,) of a session's mean values."""
    rounds = len(points.values)
    if rounds < 2:
        return np.asarray(points.deviations[0])
    return np.asarray(points.values.std(axis=0, ddof=1) / math.sqrt(rounds))


@dataclass(frozen=True)
class Fit:
    """The law of one variant. a in us per batch, b in us per image; NaN where it does not hold."""

    variant: str
    a: Interval
    b: Interval
    holds: bool
    """Whether it holds over FEWEST batch sizes or more."""
    smallest: int
    largest: int
    """The batch sizes between which the law holds; both 0 where it does not hold."""
    reason: str
    """The reason why the law does not hold, or where it ends; '' where it holds at every size."""


@dataclass(frozen=True)
class Line:
    """The fits of all rounds: `rounds` (rounds, 2) has a in us per batch and b in us per image."""

    rounds: Floats
    drawn: Floats
    """(rounds, DRAWS, 2): fits to the values with the noise of the slices added once more."""
    slices: int

    def value(self, weights: Floats) -> Interval:
        """weights @ (a, b) with its 95 % interval: (1, 0) is a, (0, 1) is b, (1, B) the time at
        batch size B."""
        return around(self.rounds @ weights, float((self.drawn @ weights).var(axis=1).mean()), self.slices)


def through(points: Points) -> Line:
    """The line of each round, and DRAWS fits with the slices' noise; the same draws every time."""
    generator = np.random.default_rng((SEED, len(points.sizes)))
    noise = generator.normal(size=(len(points.values), DRAWS, len(points.sizes)))
    shaken = points.values[:, None] + noise * points.deviations[:, None]
    lines = fit(points.sizes, points.values, points.scale)
    return Line(lines, fit(points.sizes, shaken, points.scale[:, None]), points.slices)


def fit(sizes: Floats, values: Floats, scale: Floats) -> Floats:
    """a and b (..., 2) of lines through values (..., n) with noise proportional to scale (..., n).

    Huber's estimate by reweighted least squares, starting from the least absolute deviation. A
    process in a bad state moves it little; without one it is nearly as good as least squares.
    """
    line = _least_absolute(sizes, values, scale)
    for _ in range(PASSES):
        rest = np.abs(_rest(sizes, values, scale, line))
        usual = np.maximum(1.4826 * np.median(rest, axis=-1, keepdims=True), LEAST_SCALE)
        line = _weighted(sizes, values, scale, np.minimum(1.0, TUNING * usual / np.maximum(rest, 1e-12)))
    return line


def _rest(sizes: Floats, values: Floats, scale: Floats, line: Floats) -> Floats:
    """The height of each value above the line, as a share of its scale."""
    return np.asarray((values - line[..., :1] - line[..., 1:] * sizes) / scale)


def _least_absolute(sizes: Floats, values: Floats, scale: Floats) -> Floats:
    """The line of least absolute relative deviations: the best of all lines through two points."""
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
    """The distance of each size's value from the line, as a share of its scale (n,).

    0 where it is small or not certain.
    """
    line = through(points)
    result = np.zeros(len(points.sizes))
    for place, size in enumerate(points.sizes):
        expected = line.rounds @ np.array([1.0, size])
        scale = points.scale[:, place]
        within = float(((points.deviations[:, place] / scale) ** 2).mean())
        distance = around((points.values[:, place] - expected) / scale, within, points.slices)
        if leaves_out_zero(distance) and abs(distance.estimate) > SMALL:
            result[place] = distance.estimate
    return result


def holding(points: Points) -> tuple[int, int] | None:
    """The longest range of sizes over which a line holds (first place, end); None below FEWEST.

    The end is not included. Of equally long ranges, the one with the least scatter about its line.
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
