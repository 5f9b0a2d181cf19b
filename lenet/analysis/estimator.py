"""Reduce a round's slices to one figure, and estimate how much that figure varies by its slices.

Pairs, intervals, comparisons of experiments, ladders, overhead laws, payoffs and noise floors all
use this module, so another estimator is an edit of `figure` and `variance` only. The figure is the
mean of the middle three fifths of the slices: a burst hits one slice and leaves it alone. The median
does as well, but on slices whose machine wanders as measured it takes half as many slices again to be
as sure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SEED = 7439
TRIMMED = 0.2
"""The share of the slices that is left out on each side."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rounds:
    """The rounds (R,) that have slices, each as one figure."""

    figures: Floats
    within: float
    """The variance of a round's figure by its slices alone, mean over rounds; NaN for none."""
    slices: int
    """The number of slices of all rounds together."""

    @property
    def count(self) -> int:
        """The number of rounds, R."""
        return len(self.figures)


def figure(slices: Floats, axis: int = -1) -> Floats:
    """The figure of a round: the trimmed mean of its slices, which lie along `axis`."""
    ordered = np.moveaxis(np.sort(slices, axis=axis), axis, -1)
    count = ordered.shape[-1]
    cut = _cut(count)
    return np.asarray(ordered[..., cut : count - cut].mean(axis=-1))


def variance(slices: Floats) -> float:
    """The variance of the figure of `slices` (n,); 0 for one slice.

    That of the slices after those left out have been drawn to the nearest that is not (Tukey and
    McLaughlin 1963).
    """
    count = len(slices)
    if count < 2:
        return 0.0
    cut = _cut(count)
    ordered = np.sort(slices)
    drawn_in = np.clip(ordered, ordered[cut], ordered[count - 1 - cut])
    kept = count - 2 * cut
    return float(drawn_in.var(ddof=0)) * count / (kept * (kept - 1))


def degrees(slices: int, rounds: int) -> int:
    """The degrees of freedom of the variance of so many rounds' figures, of so many slices in all."""
    each = slices // rounds
    return slices - rounds - 2 * rounds * _cut(each)


def _cut(count: int) -> int:
    return int(TRIMMED * count)


def over(rounds: Sequence[Floats]) -> Rounds:
    """The rounds, each given by its slices (n,); rounds without slices are left out."""
    filled = [slices for slices in rounds if len(slices)]
    within = sum(variance(slices) for slices in filled) / len(filled) if filled else float("nan")
    return Rounds(np.array([figure(slices) for slices in filled]), within, sum(map(len, filled)))
