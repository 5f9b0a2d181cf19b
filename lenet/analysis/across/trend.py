"""Where a series of batch times changed its level: the marks of a trend.

Places are proposed by PELT (Killick, Fearnhead and Eckley, JASA 2012) as `ruptures` has it: the
segmentation that costs least, with a penalty for every change. It takes a slow drift, or a busy
afternoon, for steps too. So each place must then stand as a step in its own stretch against a
straight line with noise that remembers (AR(1), by the transformation of Prais and Winsten): where
the noise forgets at once that is a t-test beside a slope; the longer it remembers, the more the
step must stand out among single differences. And the series must move more there than it does
elsewhere, which a series that wanders does not. The places that fail are taken away, the least sure
one first.

One experiment that stands alone is no change: it is drawn in to its neighbours for the test
(Hampel), never in the figures. `tests/analysis/across/test_trend.py` simulates how often a series
without a change is marked.
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
"""So many experiments at least must stand before a change and after it: three may be out together
by chance."""
FEWEST = 2 * SIDE
ERROR = 0.01
"""At most so large a share of series of independent noise is marked without a change; shared among
all places."""
SMALLEST = 0.01
"""A smaller change of level is not marked: two experiments are not raced side by side, and machines
have moods."""
FINEST = 0.001
"""Noise below a tenth of a percent is luck, not a better clock."""
PENALTY = 3.0
"""Of a change for PELT, times log(n), in units of the noise's variance; low, for the test
decides."""
NEIGHBOURS = 2 * SIDE - 1
"""Of so many in a row those that begin a change are the most."""
STRETCH = 3
"""So many experiments before and after a place say how far the series moves there."""
ALONE = 4.0
"""An experiment so many times the noise away from the median of its neighbours stands alone."""
MEMORY = 0.98
OUT = 4.0
"""So many times what the series moves elsewhere, from some experiments to the next ones, must it
move at a change."""
_Q30, _MAD, _Q70 = 2.5954, 1.4826, 0.9648
"""From the 30th, 50th and 70th percentile of absolute deviations to the standard deviation of
normal noise."""


@dataclass(frozen=True)
class Step:
    """A change of level, with its 95 % interval."""

    place: int
    """The first experiment after it, counted from 0."""
    ratio: float
    """How many times as long a batch takes from there on."""
    low: float
    high: float
    before: int
    """How many experiments stand for the level before it: back to the change before."""
    after: int


@dataclass(frozen=True)
class _Test:
    """A step's size (in logarithms), its standard error, its degrees of freedom, and how likely
    chance makes it."""

    size: float
    error: float
    freedom: int
    chance: float


def steps(ms: Floats) -> list[Step]:
    """The changes of level in a series of batch times (n,), oldest first; all must be above 0.

    None when there are fewer than FEWEST times.
    """
    if len(ms) < FEWEST:
        return []
    level = tamed(np.log(ms))
    places = _standing(level, _proposed(level))
    edges = [0, *places, len(level)]
    return [_step(level, *edges[at : at + 3]) for at in range(len(places))]


def alone(ms: Floats) -> npt.NDArray[np.bool_]:
    """Which of the times (n,) stand alone, away from their neighbours on both sides."""
    figures = np.log(ms)
    return np.asarray(tamed(figures) != figures)


def tamed(figures: Floats) -> Floats:
    """The figures (n,) with those that stand alone drawn in to ALONE times the noise from their
    neighbours' median."""
    if len(figures) < NEIGHBOURS:
        return figures
    first = np.clip(np.arange(len(figures)) - NEIGHBOURS // 2, 0, len(figures) - NEIGHBOURS)
    middle = np.median(figures[first[:, None] + np.arange(NEIGHBOURS)], axis=1)
    reach = ALONE * noise(figures)
    return np.asarray(np.clip(figures, middle - reach, middle + reach))


def noise(figures: Floats) -> float:
    """Standard deviation of the noise of the figures (n,), n > 1, from their differences: neither
    steps nor drift.

    By two percentiles, the larger: a lottery with two outcomes leaves half of the differences
    small.
    """
    apart = np.diff(figures)
    half, most = np.percentile(np.abs(apart - np.median(apart)), (50, 70))
    return max(FINEST, float(max(_MAD * half, _Q70 * most)) / math.sqrt(2))


def _proposed(level: Floats) -> list[int]:
    """The first places of new levels by PELT, in order."""
    from ruptures.detection import KernelCPD  # type: ignore[import-untyped]

    search = KernelCPD(kernel="linear", min_size=SIDE).fit(level / noise(level))
    return [int(place) for place in search.predict(pen=PENALTY * math.log(len(level)))[:-1]]


def _standing(level: Floats, places: list[int]) -> list[int]:
    """The places that stand as steps between their neighbours that stand."""

    @cache
    def doubt(start: int, place: int, end: int) -> float:
        found = _test(level[start:end], place - start)
        small = abs(found.size) < math.log1p(SMALLEST)
        return math.inf if small or not _stands_out(level, start, place, end) else found.chance

    while places:
        edges = [0, *places, len(level)]
        doubts = [doubt(*edges[at : at + 3]) for at in range(len(places))]
        worst = int(np.argmax(doubts))
        if doubts[worst] * len(level) <= ERROR:
            break
        places = places[:worst] + places[worst + 1 :]
    return places


def _stands_out(level: Floats, start: int, place: int, end: int) -> bool:
    """Does the series move more at `place` than it does elsewhere? A wandering one moves
    everywhere.

    Elsewhere may be other steps: a low percentile of the movements is not of theirs.
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
    found = _test(level[start:end], place - start)
    reach = found.error * student(found.freedom)
    ratio, low, high = (math.exp(found.size + side * reach) for side in (0, -1, 1))
    return Step(place, ratio, low, high, place - start, end - place)


def _test(level: Floats, place: int) -> _Test:
    """Is there a step at `place` of a stretch (n,), beside a slope and in noise that remembers?"""
    count = len(level)
    columns = np.column_stack([np.ones(count), np.linspace(-0.5, 0.5, count), np.arange(count) >= place])
    memory = _memory(level - columns @ np.linalg.lstsq(columns, level, rcond=None)[0])
    told, columns = _forgetful(level, memory), _forgetful(columns, memory)
    inverse = np.linalg.inv(columns.T @ columns)
    sizes = inverse @ columns.T @ told
    freedom = max(1, count - 4)  # three coefficients and the memory
    error = math.sqrt(_variance(told - columns @ sizes, place, freedom) * inverse[2, 2])
    return _Test(float(sizes[2]), error, freedom, chance(float(sizes[2]) / error, freedom))


def _variance(left: Floats, place: int, freedom: int) -> float:
    """The variance of a fit's residuals (n,): of all, or of the noisier side, which a longer quiet
    side would hide."""
    squares = left**2
    sides = (float(side.sum()) / (len(side) - 1) for side in (squares[:place], squares[place:]))
    return max(float(squares.sum()) / freedom, FINEST**2, *sides)


def _memory(left: Floats) -> float:
    """Correlation of neighbours among what a fit leaves (n,), from 0 on: small samples show too
    little of it."""
    total = float(left @ left)
    seen = float(left[1:] @ left[:-1]) / total if total else 0.0
    return min(max(seen + (2 + 4 * seen) / len(left), 0.0), MEMORY)


def _forgetful(series: Floats, memory: float) -> Floats:
    """The series (n,) or (n, k) without what each value remembers of the one before."""
    first = math.sqrt(1 - memory**2) * series[:1]
    return np.concatenate([first, series[1:] - memory * series[:-1]])
