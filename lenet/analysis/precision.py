"""Measure how well a race knows its ratios so far, and how many more rounds a precision would take.

A race that goes on until its intervals are narrow looks at them after every round, and ends at a
moment that flatters them: when the rounds so far happen to agree. Its mean is as good as ever (for
normal figures mean and scatter are independent), its scatter is not. Simulated with processes that
draw a lottery and from three rounds on, 95 % intervals then held 90 %; the same with fewer looks
(3, 5, 8, 12, ... rounds), or with two narrow looks in a row. With the 99 % quantile in place of the
97.5 % one (`intervals.LOOKED`) the worst case held 95 %, whatever the scatter, for about half as
many rounds again. So that quantile is used wherever a precision is asked for: to decide and to
report. `tests/analysis/test_calibration.py` repeats the check.
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
"""The most rounds that a forecast looks ahead."""


def quantile(settings: Settings) -> float:
    """The quantile for intervals of an experiment with these settings: LOOKED where rounds went on
    until an interval was narrow, which flatters it; otherwise FIXED."""
    return LOOKED if settings.precision else FIXED


@dataclass(frozen=True)
class Widest:
    """The pair with the widest interval; `share` is half its width, infinite after a single round.

    0.02 reads: the ends of the interval are 2 % from its middle. `rounds`: how many the pair
    shares.
    """

    slow: str
    fast: str
    share: float
    rounds: int


def widest(slices: Mapping[str, Slices]) -> Widest | None:
    """The pair with the widest interval of all that a report would compare; None without pairs.

    slices: by label, for labels whose times may be compared.
    """
    pairs = [
        pair
        for a, b in combinations(slices, 2)
        if catalog.overrides(a) == catalog.overrides(b)
        and (pair := verdict.compare(a, b, slices[a], slices[b], quantile=LOOKED)) is not None
    ]
    known = [Widest(pair.slow, pair.fast, half_width(pair), pair.rounds) for pair in pairs]
    return max(known, key=lambda pair: pair.share, default=None)


def half_width(pair: verdict.Pair) -> float:
    """Half the width of a pair's interval, as a share; infinite after a single round."""
    if pair.rounds < 2 or math.isnan(pair.low):
        return math.inf
    return math.sqrt(pair.high / pair.low) - 1


def after(pair: Widest, rounds: int) -> Widest:
    """The expected width after `rounds` rounds (2 or more) that scatter as those so far."""
    shrink = student(rounds - 1, LOOKED) / student(pair.rounds - 1, LOOKED) * math.sqrt(pair.rounds / rounds)
    return replace(pair, share=math.expm1(math.log1p(pair.share) * shrink), rounds=rounds)


def needed(pair: Widest, share: float) -> int:
    """The rounds after which `share` is expected to be reached; MOST + 1 where they are more."""
    if math.isinf(pair.share):
        return pair.rounds + 1
    ahead = range(pair.rounds, MOST + 1)
    return next((rounds for rounds in ahead if after(pair, rounds).share <= share), MOST + 1)


def percent(share: float) -> str:
    """A share in percent, with two digits: '0.35 %', '2 %', '12 %'."""
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.0f} %"
