"""How sure is the difference of two figures that were measured apart, each over rounds of its own experiment.

Within one race two labels share every round, so their ratio is taken round by round and what the machine did cancels.
Here nothing is shared. The round is the unit on each side (it is a fresh process, minutes from the next), the two sides
may scatter differently, so this is Welch's t interval (Biometrika 1947) with its degrees of freedom rounded down. As
in `intervals`, it is never narrower than the slices of the two sides say.

What moves all rounds of an experiment alike (the machine's mood that hour) is in no round's scatter: see `drift`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet.analysis.intervals import FIXED, NAN, Interval, Quantiles, median_variance, student

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Side:
    """One experiment's rounds: their estimates (R,), the variance of one by its slices alone, slices of all rounds."""

    estimates: Floats
    within: float
    slices: int

    @property
    def rounds(self) -> int:
        """R."""
        return len(self.estimates)


def difference(base: Sequence[Floats], new: Sequence[Floats], quantiles: Quantiles = FIXED) -> Interval:
    """The mean over rounds of `new` minus that of `base`, with its 95 % interval; rounds: the fewer of the two.

    base, new: per round the figures of its slices (n,), on a scale where differences add up; the round's figure is
    their median. Empty rounds are left out; NaN where a side has none. With one round a side is given the other's
    scatter between rounds; where both have one, the interval covers slices only.
    """
    before, after = _side(base), _side(new)
    rounds, slices = min(before.rounds, after.rounds), before.slices + after.slices
    if not rounds:
        return Interval(NAN, NAN, NAN, 0, slices)
    middle = float(after.estimates.mean() - before.estimates.mean())
    reach = float(np.fmax(_reach_of_rounds(before, after, quantiles), _reach_of_slices(before, after, quantiles)))
    return Interval(middle, middle - reach, middle + reach, rounds, slices)


def widened(found: Interval, reach: float) -> Interval:
    """The same with at least so much to either side."""
    reach = float(np.fmax(reach, found.high - found.estimate))
    return Interval(found.estimate, found.estimate - reach, found.estimate + reach, found.rounds, found.slices)


def _side(rounds: Sequence[Floats]) -> _Side:
    filled = [figures for figures in rounds if len(figures)]
    within = sum(median_variance(figures) for figures in filled) / len(filled) if filled else NAN
    estimates = np.array([np.median(figures) for figures in filled])
    return _Side(estimates, within, sum(len(figures) for figures in filled))


def _reach_of_rounds(a: _Side, b: _Side, quantiles: Quantiles) -> float:
    if a.rounds == b.rounds == 1:
        return NAN
    if a.rounds == 1 or b.rounds == 1:
        known = a if a.rounds > 1 else b
        variance = float(known.estimates.var(ddof=1)) * (1 / a.rounds + 1 / b.rounds)
        return student(known.rounds - 1, quantiles) * math.sqrt(variance)
    shares = [float(side.estimates.var(ddof=1)) / side.rounds for side in (a, b)]
    if not sum(shares):
        return 0.0
    spent = sum(share**2 / (side.rounds - 1) for share, side in zip(shares, (a, b), strict=True))
    return student(max(1, math.floor(sum(shares) ** 2 / spent)), quantiles) * math.sqrt(sum(shares))


def _reach_of_slices(a: _Side, b: _Side, quantiles: Quantiles) -> float:
    degrees = a.slices + b.slices - a.rounds - b.rounds
    return student(degrees, quantiles) * math.sqrt(a.within / a.rounds + b.within / b.rounds) if degrees else NAN
