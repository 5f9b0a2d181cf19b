"""The noise floor: how far apart equal programs come out, measured by racing copies of one variant.

What differs between equal programs has three parts, all in natural logarithms of batch times, that
is in shares:

* slices: the noise within a process. Every race sees its own, so it is taken from the race that is judged;
* process: the lottery that each process draws at its start, a standard deviation. It shrinks with the rounds, each of
  which draws anew; one round cannot see it at all;
* systematic: what sets one copy apart from another in every round (the length of a path, an order), a standard
  deviation. No number of rounds removes it, and no interval over rounds shows it.

The last two are measured. A round gives each copy a level L: the mean, over all copies, of the
median over slices of the log ratio to that copy, which is how races compare too. With copies c and
rounds r, W the variance that L has by its slices alone (bootstrap of these medians), and s^2 the
variance of L over copies, mean over rounds:

* process^2 = s^2 - W, or 0 when that is negative: the analysis-of-variance estimator;
* systematic^2 = 0, unless copies scatter more over all rounds than what copies and rounds leave unexplained lets them
  in 99 of 100 measurements (Fisher's F test of a two-way analysis of variance: processes are fresh in each round, so
  without a systematic part a copy's number says nothing). Then it is var(means) - q/rounds and process^2 is q - W, with
  q the unexplained mean square, on (rounds-1)(copies-1) degrees of freedom.

The floor of a pair in a race of R rounds, with w the variance that a round's log ratio has by its
own slices, is

    exp(1.96 sqrt(systematic_a^2 + systematic_b^2 + (process_a^2 + process_b^2 + w) / R)) - 1:

19 of 20 ratios of equal programs lie within it. Without lottery and systematic part it is narrower
than the race's own interval, so it hides nothing that the interval finds, however disturbed the
hour was in which it was measured. With them it says what the interval cannot know. Simulated,
measured in a quiet hour and in one with ten times the noise: of equal programs raced for one round,
of which a process draws 20 % with a chance of a quarter, or 3 % (normal), intervals alone called 42
to 93 % different, 7 to 10 % with the floor; a planted 1 % was found as often with it as without, in
the loud hour up to 5 points less often, where lotteries were 0.15 % or none.
`tests/analysis/noise/test_floor.py` repeats the check.
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
"""How sure it must be that copies differ systematically. At 95 % one of twenty measurements would
find what is not there, and hide with it what races find for as long as it stands."""

Floats = npt.NDArray[np.float64]
Slices = Mapping[str, Floats]
"""Of one round: label -> mean batch time of each slice, in the order of the slices."""


@dataclass(frozen=True)
class Spread:
    """How far copies of one program came out apart; see above. Standard deviations of log times."""

    copies: int
    rounds: int
    slices: int
    """Pairs of slices that the two copies of a pair have over all rounds."""
    process: float
    systematic: float
    within: float
    """The standard deviation of a round's level by its slices alone."""
    farthest: float
    """The largest ratio between two copies over all rounds, less 1: seen, not inferred."""


def spread(rounds: Sequence[Slices]) -> Spread | None:
    """The spread of copies from the slices of each round; None without two copies and a round that
    has them all.

    Rounds that lack a copy are left out.
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
    """Log times (copies, slices), neighbours in time in one column; a slice that not all copies
    reached is left out."""
    shared = min(len(figures) for figures in slices.values())
    return np.log([figures[:shared] for figures in slices.values()])


def _levels(table: Floats) -> Floats:
    """How much slower each copy was than all of them (copies,): median over slices, mean over
    copies."""
    return np.asarray(estimator.figure(table[:, None] - table[None]).mean(axis=1))


def _within(table: Floats) -> float:
    """The variance of a copy's level by its slices: half of that of a pair, mean over pairs."""
    pairs = combinations(table, 2)
    return float(np.mean([estimator.variance(a - b) for a, b in pairs])) / 2


def _parts(levels: Floats, within: float) -> tuple[float, float]:
    """(systematic, process) of levels (rounds, copies) whose slices alone give them the variance
    `within`."""
    rounds, copies = levels.shape
    if rounds > 1:
        between, unexplained = _mean_squares(levels)
        if between > unexplained * _critical(rounds, copies):
            return _root((between - unexplained) / rounds), _root(unexplained - within)
    return 0.0, _root(levels.var(axis=1, ddof=1).mean() - within)


def _mean_squares(levels: Floats) -> tuple[Floats, Floats]:
    """Of levels (..., rounds, copies): between copies, and what copies and rounds leave
    unexplained, each (...)."""
    rounds, copies = levels.shape[-2:]
    centred = levels - levels.mean(axis=-1, keepdims=True)
    means = centred.mean(axis=-2, keepdims=True)
    between = rounds * np.sum(means**2, axis=(-2, -1)) / (copies - 1)
    unexplained = np.sum((centred - means) ** 2, axis=(-2, -1)) / ((rounds - 1) * (copies - 1))
    return between, unexplained


@lru_cache(maxsize=64)
def _critical(rounds: int, copies: int) -> float:
    """The SURE quantile of F with copies-1 and (rounds-1)(copies-1) degrees of freedom, by drawing;
    always the same."""
    generator = np.random.default_rng((estimator.SEED, rounds, copies))
    between, unexplained = _mean_squares(generator.normal(size=(DRAWS, rounds, copies)))
    return float(np.quantile(between / unexplained, SURE))


def _root(variance: float | np.floating[Any] | Floats) -> float:
    return math.sqrt(max(float(variance), 0.0))


def share(a: Spread, b: Spread, within: float, rounds: int) -> float:
    """The floor of a pair of programs with these spreads: 0.006 where 19 of 20 equal ones lie
    within 0.6 %.

    within: the variance of a round's log ratio by its slices alone, mean over the `rounds` of the
    race.
    """
    lasting = a.systematic**2 + b.systematic**2
    return math.expm1(NORMAL * math.sqrt(lasting + (a.process**2 + b.process**2 + within) / rounds))


def own_share(found: Spread) -> float:
    """The floor of a pair raced just as the copies were: what to expect of so many rounds of so
    many slices."""
    return share(found, found, 2 * found.within**2, found.rounds)
