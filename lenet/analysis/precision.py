"""How well a race knows its ratios by now, and how many rounds it would take to know them better.

A race that goes on until its intervals are narrow looks at them after every round and ends at a
moment that flatters them: when the rounds so far happen to agree. Its mean is as good as ever (of
normal figures mean and scatter are independent), its scatter is not. Simulated with processes that
draw a lottery and from three rounds on, 95 % intervals then held 90 %; the same with fewer looks
(3, 5, 8, 12, ... rounds), or with two narrow looks in a row. With the 99 % quantile in the place of
that of 97.5 % (`intervals.LOOKED`) the worst case held 95 %, whatever the scatter, for about half
as many rounds again. So it is used wherever a precision is asked for: to decide and to report.
`tests/analysis/test_calibration.py` repeats the check.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from lenet import catalog
from lenet.analysis import verdict
from lenet.analysis.intervals import FIXED, LOOKED, student
from lenet.analysis.verdict import Slices
from lenet.settings import Settings

MOST = 1000
"""Rounds; beyond these nobody forecasts."""


def quantile(*settings: Settings) -> float:
    """The quantile for intervals from experiments with these settings: LOOKED where any of them
    asks for a precision.

    Rounds that went on until an interval was narrow flatter every interval that they enter.
    """
    return LOOKED if any(own.precision for own in settings) else FIXED


@dataclass(frozen=True)
class Widest:
    """The pair whose ratio is known worst: `share` is half the width of its interval, infinite
    after a single round.

    0.02 reads: the ends of the interval are 2 % from its middle. `rounds` is how many the pair had
    in common.
    """

    slow: str
    fast: str
    share: float
    rounds: int


def widest(slices: Mapping[str, Slices]) -> Widest | None:
    """The pair that is known worst of all pairs that a report would compare; None without a pair.

    slices: by label, of labels whose times may be compared.
    """
    found = [
        pair
        for a, b in combinations(slices, 2)
        if catalog.overrides(a) == catalog.overrides(b)
        and (pair := verdict.compare(a, b, slices[a], slices[b], quantile=LOOKED)) is not None
    ]
    known = [Widest(pair.slow, pair.fast, half_width(pair), pair.rounds) for pair in found]
    return max(known, key=lambda pair: pair.share, default=None)


def half_width(pair: verdict.Pair) -> float:
    """Half the width of a pair's interval as a share; infinite where one round says nothing of
    processes."""
    if pair.rounds < 2 or math.isnan(pair.low):
        return math.inf
    return math.sqrt(pair.high / pair.low) - 1


def after(found: Widest, rounds: int) -> Widest:
    """The expected width after so many rounds (two or more), if further rounds scatter as those so
    far."""
    shrink = student(rounds - 1, LOOKED) / student(found.rounds - 1, LOOKED) * math.sqrt(found.rounds / rounds)
    return replace(found, share=math.expm1(math.log1p(found.share) * shrink), rounds=rounds)


def needed(found: Widest, share: float) -> int:
    """Rounds after which it is expected to be known to `share`; MOST + 1 where that is out of
    reach."""
    if math.isinf(found.share):
        return found.rounds + 1
    ahead = range(found.rounds, MOST + 1)
    return next((rounds for rounds in ahead if after(found, rounds).share <= share), MOST + 1)


def percent(share: float) -> str:
    """A share as it is read: '0.35 %', '2 %', '12 %'."""
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.0f} %"
