"""How sure is a figure: an interval that holds for the lottery of processes as well as the noise of slices.

A hierarchical bootstrap (Kalibera and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013) resamples processes
first and slices second, but with two or three processes its percentiles are far too narrow: simulated, "95 %" of it
covered 54 % (2 rounds) and 74 % (3 rounds) where the lottery dominates. So its two levels are kept and its percentiles
are not: over processes the variance of a mean is known without drawing (s^2/R), and Student's t with R-1 degrees of
freedom is the small-sample correction; over slices the median is resampled; the wider of the two intervals counts.
Of seven candidates simulated over eight kinds of noise and 2, 3, 5 and 10 rounds this one covered 94.8 % or more
everywhere, was as narrow as the t interval, and cannot shrink to nothing when two processes agree by luck;
`tests/analysis/test_intervals.py` repeats the check. Two rounds make it wide (t = 12.7): add a third.
A race that goes on until its intervals are narrow ends at a moment that flatters them: `precision` says what follows.
Each interval stands alone: among twenty pairs of equal variants one is expected to look different.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet.analysis import estimator

NORMAL = 1.959963984540054

Floats = npt.NDArray[np.float64]
NAN = float("nan")


@dataclass(frozen=True)
class Quantiles:
    """How far an interval reaches to either side, in standard errors: of Student's t with 1 to 10 degrees of freedom,
    and of the normal distribution, which is its limit."""

    few: tuple[float, ...]
    normal: float


FIXED = Quantiles((12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281), NORMAL)
"""97.5 % quantiles: 95 % where the number of rounds was set beforehand."""
LOOKED = Quantiles((31.8205, 6.9646, 4.5407, 3.7469, 3.3649, 3.1427, 2.9980, 2.8965, 2.8214, 2.7638), 2.326347874040841)
"""99 % quantiles: 95 % where rounds went on until the interval was narrow."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval, which is NaN where nothing can be said; from so many rounds and slices.

    With one round the interval covers slices only: differences between processes are not in it.
    """

    estimate: float
    low: float
    high: float
    rounds: int
    slices: int


def interval(rounds: Sequence[Floats], quantiles: Quantiles = FIXED) -> Interval:
    """Mean over rounds of their figures by `estimator`, with its 95 % interval.

    rounds: per round the figures of its slices (n,), on a scale where differences add up (logarithms for times and
    ratios); empty rounds are left out.
    """
    found = estimator.over(rounds)
    if not found.count:
        return Interval(NAN, NAN, NAN, 0, 0)
    return around(found.figures, found.within, found.slices, quantiles)


def around(estimates: Floats, within: float, slices: int, quantiles: Quantiles = FIXED) -> Interval:
    """Mean of the rounds' estimates (R,), with its 95 % interval: what processes say, never less than what slices say.

    within: the variance that a round's estimate has by its slices alone, mean over rounds; slices: how many all rounds
    have together.
    """
    middle, rounds = float(estimates.mean()), len(estimates)
    reach = _reach_of_slices(within, rounds, slices, quantiles)
    if rounds > 1:
        reach = float(np.fmax(_reach_of_processes(estimates, quantiles), reach))
    return Interval(middle, middle - reach, middle + reach, rounds, slices)


def leaves_out_zero(found: Interval) -> bool:
    """Whether the interval does; one that is not known does not."""
    return found.low > 0 or found.high < 0


def log_interval(rounds: Sequence[Floats], quantiles: Quantiles = FIXED) -> Interval:
    """The same for positive figures (times, ratios): computed on logarithms, given back on the figures' own scale."""
    found = interval([np.log(figures) for figures in rounds], quantiles)
    return Interval(math.exp(found.estimate), math.exp(found.low), math.exp(found.high), found.rounds, found.slices)


def _reach_of_processes(estimates: Floats, quantiles: Quantiles) -> float:
    """Exact for normal estimates (R >= 2,), whatever share of their scatter is the lottery's."""
    count = len(estimates)
    return student(count - 1, quantiles) * math.sqrt(float(estimates.var(ddof=1)) / count)


def _reach_of_slices(within: float, rounds: int, slices: int, quantiles: Quantiles) -> float:
    """NaN where every round has a single slice, which says nothing about its neighbours."""
    return student(slices - rounds, quantiles) * math.sqrt(within / rounds) if slices > rounds else NAN


def student(degrees: int, quantiles: Quantiles = FIXED) -> float:
    """A quantile of Student's t: a table, then the first terms of Abramowitz and Stegun 26.7.5 (to 1e-3)."""
    if degrees <= len(quantiles.few):
        return quantiles.few[degrees - 1]
    z = quantiles.normal
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / degrees + second / degrees**2 + third / degrees**3
