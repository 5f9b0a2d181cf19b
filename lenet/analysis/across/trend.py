"""Find the places where a series of batch times changed its level: the marks of a trend.

PELT (Killick, Fearnhead and Eckley, JASA 2012), as implemented in `ruptures`, proposes places: it
finds the segmentation of least cost, with a penalty for each change. But it also takes a slow
drift, or a busy afternoon, for steps. So each place must pass two tests. First, it must stand as a
step in its own stretch beside a straight line, in noise that is correlated in time (AR(1), by the
transformation of Prais and Winsten): where noise is independent this is a t-test beside a slope;
the longer noise is correlated, the more the step must stand out among single differences. Second,
the series must move more at this place than elsewhere, which a wandering series does not. The
places that fail are removed, the least certain one first.

A single experiment that stands alone is not a change: for the test it is drawn in to its neighbours
(Hampel), in the figures it is not. `tests/analysis/across/test_trend.py` simulates how often a
series without a change is marked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from lenet.analysis.intervals import chance, student

Floats = npt.NDArray[np.float64]

SIDE = 4
"""The fewest experiments before a change and after it: three may be off together by chance."""
FEWEST = 2 * SIDE
ERROR = 0.01
"""The largest share of series of independent noise that may be marked, shared among all places."""
SMALLEST = 0.01
"""The smallest change to mark: experiments are not raced side by side, and machines drift."""
FINEST = 0.001
"""The least noise that is believed: below a tenth of a percent it is luck, not a better clock."""
PENALTY = 3.0
"""PELT's cost of a change, times log(n), in variances of the noise; low: the test decides."""
NEIGHBOURS = 2 * SIDE - 1
"""The window for outliers: SIDE experiments of a new level are its majority, so they stay."""
STRETCH = 3
"""How many experiments before and after a place measure how far the series moves there."""
ALONE = 4.0
"""An experiment further from its neighbours' median than this many times the noise stands alone."""
MEMORY = 0.98
OUT = 4.0
"""At a change the series must move this many times as far as it moves elsewhere."""
_Q30, _MAD, _Q70 = 2.5954, 1.4826, 0.9648
"""From the 30th, 50th and 70th percentile of absolute deviations to the standard deviation of
normal noise."""


@dataclass(frozen=True)
class Step:
    """A change of level, with its 95 % interval."""

    place: int
    """The first experiment after the change, counted from 0."""
    ratio: float
    """How many times as long a batch takes after the change."""
    low: float
    high: float
    before: int
    """How many experiments the level before holds, back to the change before it."""
    after: int


@dataclass(frozen=True)
class _Test:
    """A step's size (in logarithms), standard error, degrees of freedom and p-value."""

    size: float
    error: float
    freedom: int
    chance: float


def steps(ms: Floats) -> list[Step]:
    """The changes of level in a series of batch times (n,), oldest first.

    All times must be above 0. Returns no steps for fewer than FEWEST times.
    """
    if len(ms) < FEWEST:
        return []
    level = tamed(np.log(ms))
    places = _standing(level, _proposed(level))
    edges = [0, *places, len(level)]
    return [_step(level, *edges[at : at + 3]) for at in range(len(places))]


def alone(ms: Floats) -> npt.NDArray[np.bool_]:
    """For each of the times (n,): does it stand alone, away from its neighbours on both sides?"""
    figures = np.log(ms)
    return np.asarray(tamed(figures) != figures)


def tamed(figures: Floats) -> Floats:
    """The figures (n,), with outliers drawn in.

    An outlier ends at ALONE times the noise from the median of its neighbours.
    """
    if len(figures) < NEIGHBOURS:
        return figures
    first = np.clip(np.arange(len(figures)) - NEIGHBOURS // 2, 0, len(figures) - NEIGHBOURS)
    middle = np.median(figures[first[:, None] + np.arange(NEIGHBOURS)], axis=1)
    reach = ALONE * noise(figures)
    return np.asarray(np.clip(figures, middle - reach, middle + reach))


def noise(figures: Floats) -> float:
    """The standard deviation of the noise of the figures (n,), n > 1, without steps and drift.

    It comes from the differences of neighbours, by two percentiles, of which the larger counts:
    where processes draw one of two speeds, half of the differences are small.
    """
    apart = np.diff(figures)
    half, most = np.percentile(np.abs(apart - np.median(apart)), (50, 70))
    return max(FINEST, float(max(_MAD * half, _Q70 * most)) / math.sqrt(2))


def _proposed(level: Floats) -> list[int]:
    """The places of new levels that PELT proposes, in order: the first experiment of each."""
    from ruptures.detection import KernelCPD  # type: ignore[import-untyped]

    search = KernelCPD(kernel="linear", min_size=SIDE).fit(level / noise(level))
    return [int(place) for place in search.predict(pen=PENALTY * math.log(len(level)))[:-1]]


def _standing(level: Floats, places: list[int]) -> list[int]:
    """The places that pass the tests, each between its neighbours that also pass."""

    @cache
    def doubt(start: int, place: int, end: int) -> float:
        test = _test(level[start:end], place - start)
        small = abs(test.size) < math.log1p(SMALLEST)
        return math.inf if small or not _stands_out(level, start, place, end) else test.chance

    while places:
        edges = [0, *places, len(level)]
        doubts = [doubt(*edges[at : at + 3]) for at in range(len(places))]
        worst = int(np.argmax(doubts))
        if doubts[worst] * len(level) <= ERROR:
            break
        places = places[:worst] + places[worst + 1 :]
    return places


def _stands_out(level: Floats, start: int, place: int, end: int) -> bool:
    """Does the series move more at `place` than elsewhere? A wandering series moves everywhere.

    There may be other steps elsewhere: a low percentile of the movements does not see them.
    """
    side = min(STRETCH, place - start, end - place)
    sums = np.concatenate([[0.0], np.cumsum(level)])
    means = (sums[side:] - sums[:-side]) / side
    moved = means[side:] - means[:-side]  # at places side ... n - side
    size = moved[place - side]
    elsewhere = moved - size * np.maximum(0, 1 - np.abs(np.arange(len(moved)) + side - place) / side)
    usual = np.median(elsewhere)
    scale = max(_Q30 * float(np.percentile(np.abs(elsewhere - usual), 30)), FINEST * math.sqrt(2 / side))
    return bool(abs(size - usual) >= OUT * scale)


def _step(level: Floats, start: int, place: int, end: int) -> Step:
    test = _test(level[start:end], place - start)
    reach = test.error * student(test.freedom)
    ratio, low, high = (math.exp(test.size + side * reach) for side in (0, -1, 1))
    return Step(place, ratio, low, high, place - start, end - place)


def _test(level: Floats, place: int) -> _Test:
    """Test for a step at `place` of a stretch (n,), beside a slope and in correlated noise."""
    count = len(level)
    columns = np.column_stack([np.ones(count), np.linspace(-0.5, 0.5, count), np.arange(count) >= place])
    memory = _memory(level - columns @ np.linalg.lstsq(columns, level, rcond=None)[0])
    values, columns = _uncorrelated(level, memory), _uncorrelated(columns, memory)
    inverse = np.linalg.inv(columns.T @ columns)
    sizes = inverse @ columns.T @ values
    freedom = max(1, count - 4)  # three coefficients and the memory
    error = math.sqrt(_variance(values - columns @ sizes, place, freedom) * inverse[2, 2])
    return _Test(float(sizes[2]), error, freedom, chance(float(sizes[2]) / error, freedom))


def _variance(residuals: Floats, place: int, freedom: int) -> float:
    """The variance of the residuals (n,) of a fit, or of its noisier side if that is larger.

    A quiet longer side would otherwise hide a noisy shorter one.
    """
    squares = residuals**2
    sides = (float(side.sum()) / (len(side) - 1) for side in (squares[:place], squares[place:]))
    return max(float(squares.sum()) / freedom, FINEST**2, *sides)


def _memory(residuals: Floats) -> float:
    """The correlation of neighbouring residuals (n,), at least 0, corrected for small samples."""
    total = float(residuals @ residuals)
    seen = float(residuals[1:] @ residuals[:-1]) / total if total else 0.0
    return min(max(seen + (2 + 4 * seen) / len(residuals), 0.0), MEMORY)


def _uncorrelated(series: Floats, memory: float) -> Floats:
    """The series (n,) or (n, k) less the part of each value that its predecessor explains."""
    first = math.sqrt(1 - memory**2) * series[:1]
    return np.concatenate([first, series[1:] - memory * series[:-1]])
