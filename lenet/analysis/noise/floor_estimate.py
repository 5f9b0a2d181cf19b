"""Estimate the noise floor: how far apart races of one variant's copies come out.

Differences between equal programs have three parts, all in natural logarithms of batch times, that
is in shares:

* slices: the noise within a process. Every race has its own, so it is taken from the race that is
  judged.
* process: the lottery that each process draws at its start, a standard deviation. It shrinks with
  the number of rounds, each of which draws anew; one round cannot show it at all.
* systematic: a constant difference of one copy from another in every round (by the length of a
  path, by an order), a standard deviation. No number of rounds removes it, and no interval over
  rounds shows it.

The last two are measured. A round gives each copy a level L: the mean, over all copies, of the
trimmed mean over slices of the log ratio to that copy, just as races compare. With copies c and rounds r,
let W be the variance of L by its slices alone, and s^2 the variance of
L over copies, mean over rounds:

* process^2 = s^2 - W, or 0 when that is negative: the analysis-of-variance estimator.
* systematic^2 = 0, unless copies scatter more over all rounds than the unexplained scatter allows
  in 99 of 100 measurements (Fisher's F test of a two-way analysis of variance: processes are fresh
  in each round, so without a systematic part a copy's number carries no information). Then it is
  var(means) - q/rounds and process^2 is q - W, with q the unexplained mean square, on
  (rounds-1)(copies-1) degrees of freedom.

The floor of a pair in a race of R rounds, with w the variance of a round's log ratio by its own
slices, is

    exp(1.96 sqrt(systematic_a^2 + systematic_b^2 + (process_a^2 + process_b^2 + w) / R)) - 1:

19 of 20 ratios of equal programs lie within it. Without a lottery and a systematic part the floor
is narrower than the race's own interval, so it hides nothing that the interval shows, however
disturbed the hour of its measurement was. With them it adds what the interval cannot know.

Simulated, with floors measured in a quiet hour and in one with ten times the noise, for races of
one round in which a process draws 20 % with a chance of a quarter, or 3 % (normal): intervals alone
called 42 to 93 % of equal programs different, with the floor it was 7 to 10 %. A planted 1 % was
detected as often with the floor as without, after a survey of 28 slices in the loud hour 12 points
less often, where lotteries were 0.15 % or none. `tests/analysis/noise/test_floor.py` repeats the check.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet.analysis import estimator
from lenet.analysis.intervals import NORMAL

DRAWS = 20_000
SURE = 0.99
"""The confidence that a systematic difference requires. At 95 % one of twenty measurements would
report a difference that does not exist, and hide real differences in races for as long as it
counts."""

Floats = npt.NDArray[np.float64]
Slices = Mapping[str, Floats]
"""For one round: label -> mean batch time of each slice, in the order of the slices."""


@dataclass(frozen=True)
class Spread:
    """How far copies of one program came out apart, as standard deviations of log times."""

    copies: int
    rounds: int
    slices: int
    """The number of slices that all copies share, over all rounds."""
    process: float
    systematic: float
    within: float
    """The standard deviation of a round's level by its slices alone."""
    farthest: float
    """The largest ratio between two copies over all rounds, less 1: observed, not inferred."""


def spread(rounds: Sequence[Slices]) -> Spread | None:
    """The spread of copies from the slices of each round. Rounds that lack a copy are left out.

    None unless there are two copies and a round that has all copies.
    """
    copies = max((len(slices) for slices in rounds), default=0)
    tables = [_table(slices) for slices in rounds if len(slices) == copies]
    tables = [table for table in tables if table.shape[1]]
    if copies < 2 or not tables:
        return None
    levels = np.array([_levels(table) for table in tables])
    within = float(np.mean([_within(table) for table in tables]))
    systematic, process = _parts(levels, within)
    means = levels.mean(axis=0)
    return Spread(
        copies,
        len(tables),
        sum(table.shape[1] for table in tables),
        process,
        systematic,
        math.sqrt(within),
        math.expm1(float(means.max() - means.min())),
    )


def _table(slices: Slices) -> Floats:
    """Log times (copies, slices), with neighbours in time in one column.

    A slice that not all copies reached is left out.
    """
    shared = min(len(figures) for figures in slices.values())
    return np.log([figures[:shared] for figures in slices.values()])


def _levels(table: Floats) -> Floats:
    """How much slower each copy was than all (copies,): trimmed mean over slices, mean over copies."""
    return np.asarray(estimator.figure(table[:, None] - table[None]).mean(axis=1))


def _within(table: Floats) -> float:
    """The variance of a copy's level by its slices: half of a pair's, mean over pairs."""
    pairs = combinations(table, 2)
    return float(np.mean([estimator.variance(a - b) for a, b in pairs])) / 2


def _parts(levels: Floats, within: float) -> tuple[float, float]:
    """Systematic and process part of levels (rounds, copies) with variance `within` by slices."""
    rounds, copies = levels.shape
    if rounds > 1:
        between, unexplained = _mean_squares(levels)
        if between > unexplained * _critical(rounds, copies):
            return _root((between - unexplained) / rounds), _root(unexplained - within)
    return 0.0, _root(levels.var(axis=1, ddof=1).mean() - within)


def _mean_squares(levels: Floats) -> tuple[Floats, Floats]:
    """Mean squares of levels (..., rounds, copies), between copies and unexplained, each (...)."""
    rounds, copies = levels.shape[-2:]
    centred = levels - levels.mean(axis=-1, keepdims=True)
    means = centred.mean(axis=-2, keepdims=True)
    between = rounds * np.sum(means**2, axis=(-2, -1)) / (copies - 1)
    unexplained = np.sum((centred - means) ** 2, axis=(-2, -1)) / ((rounds - 1) * (copies - 1))
    return between, unexplained


@lru_cache(maxsize=64)
def _critical(rounds: int, copies: int) -> float:
    """The SURE quantile of F with copies-1 and (rounds-1)(copies-1) degrees of freedom.

    It comes from random draws, the same in every call.
    """
    generator = np.random.default_rng((estimator.SEED, rounds, copies))
    between, unexplained = _mean_squares(generator.normal(size=(DRAWS, rounds, copies)))
    return float(np.quantile(between / unexplained, SURE))


def _root(variance: float | np.floating[Any] | Floats) -> float:
    return math.sqrt(max(float(variance), 0.0))


def share(a: Spread, b: Spread, within: float, rounds: int) -> float:
    """The floor of a pair of programs: 0.006 where 19 of 20 ratios of equal ones lie within 0.6 %.

    within: the variance of a round's log ratio by its slices alone, mean over the `rounds` of the
    race.
    """
    lasting = a.systematic**2 + b.systematic**2
    return math.expm1(NORMAL * math.sqrt(lasting + (a.process**2 + b.process**2 + within) / rounds))


def own_share(spread: Spread) -> float:
    """The floor of a pair raced as the copies were, in as many rounds of as many slices."""
    return share(spread, spread, 2 * spread.within**2, spread.rounds)
