"""Give the interval of a difference of two figures that were measured in different experiments.

Within one race two labels share every round, so their ratio is taken round by round and the
machine's influence cancels. Two experiments share nothing. On each side the round is the unit (it
is a fresh process, minutes from the next), and the two sides may scatter differently, so this is
Welch's t interval (Biometrika 1947), with its degrees of freedom rounded down. As in `intervals`,
it is never narrower than the slices of the two sides imply.

A change that moves all rounds of an experiment alike (the machine's state of that hour) shows in no
round's scatter: see `drift`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lenet.analysis import estimator
from lenet.analysis.estimator import Rounds
from lenet.analysis.intervals import FIXED, NAN, Interval, student

Floats = npt.NDArray[np.float64]


def difference(base: Sequence[Floats], new: Sequence[Floats], quantile: float = FIXED) -> Interval:
    """The mean over rounds of `new` minus that of `base`, with its 95 % interval.

    base, new: per round the figures of its slices (n,), on a scale where differences add up. The
    rounds of the interval are the fewer of the two sides. Empty rounds are left out; NaN where a
    side has no rounds. A side with one round gets the other side's scatter between rounds; where
    both have one, the interval covers slices only.
    """
    before, after = estimator.over(base), estimator.over(new)
    rounds, slices = min(before.count, after.count), before.slices + after.slices
    if not rounds:
        return Interval(NAN, NAN, NAN, 0, slices)
    middle = float(after.figures.mean() - before.figures.mean())
    reach = float(np.fmax(_reach_of_rounds(before, after, quantile), _reach_of_slices(before, after, quantile)))
    return Interval(middle, middle - reach, middle + reach, rounds, slices)


def widened(interval: Interval, reach: float) -> Interval:
    """The interval, reaching at least `reach` to either side of its estimate."""
    reach = float(np.fmax(reach, interval.high - interval.estimate))
    middle = interval.estimate
    return Interval(middle, middle - reach, middle + reach, interval.rounds, interval.slices)


def _reach_of_rounds(a: Rounds, b: Rounds, quantile: float) -> float:
    if a.count == b.count == 1:
        return NAN
    if a.count == 1 or b.count == 1:
        known = a if a.count > 1 else b
        variance = float(known.figures.var(ddof=1)) * (1 / a.count + 1 / b.count)
        return student(known.count - 1, quantile) * math.sqrt(variance)
    return half_width([float(side.figures.var(ddof=1)) / side.count for side in (a, b)], [a.count, b.count], quantile)


def half_width(variances: Sequence[float], rounds: Sequence[int], quantile: float = FIXED) -> float:
    """Half the interval of the difference of two means, of these variances over so many rounds each, of
    which there are two at least."""
    if not sum(variances):
        return 0.0
    spent = sum(own**2 / (count - 1) for own, count in zip(variances, rounds, strict=True))
    return student(max(1, math.floor(sum(variances) ** 2 / spent)), quantile) * math.sqrt(sum(variances))


def _reach_of_slices(a: Rounds, b: Rounds, quantile: float) -> float:
    degrees = a.slices + b.slices - a.count - b.count
    return student(degrees, quantile) * math.sqrt(a.within / a.count + b.within / b.count) if degrees else NAN
