"""Reduce a round's slices to one figure, and estimate how much that figure varies by its slices.

Pairs, intervals, comparisons of experiments, ladders, overhead laws, payoffs and noise floors all
use this module, so another estimator is an edit of `figure` and `variance` only. The figure is the
median: a burst hits one slice and leaves the median alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

RESAMPLES = 2000
SEED = 7439

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
    """The figure of a round: the median of its slices, which lie along `axis`."""
    return np.asarray(np.median(slices, axis=axis))


def variance(slices: Floats) -> float:
    """The variance of the figure of `slices` (n,), by bootstrap times n/(n-1); 0 for one slice."""
    count = len(slices)
    if count < 2:
        return 0.0
    lower, upper = _middle_ranks(count)
    ordered = np.sort(slices)
    return float(np.var((ordered[lower] + ordered[upper]) / 2)) * count / (count - 1)


def over(rounds: Sequence[Floats]) -> Rounds:
    """The rounds, each given by its slices (n,); rounds without slices are left out."""
    filled = [slices for slices in rounds if len(slices)]
    within = sum(variance(slices) for slices in filled) / len(filled) if filled else float("nan")
    return Rounds(np.array([figure(slices) for slices in filled]), within, sum(map(len, filled)))


@lru_cache(maxsize=512)
def _middle_ranks(count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Ranks from 0 of the two middle values in RESAMPLES resamples, each (RESAMPLES,).

    A resample draws ranks floor(count * U). Its middle ones come from the middle order statistics
    of `count` uniform numbers, which are Beta distributed, so they are drawn at once instead of
    sorting every resample. Each draw is used together with its mirror image: an inverted pair then
    has exactly the inverted interval.
    """
    generator = np.random.default_rng((SEED, count))
    middle = (count + 1) // 2
    lower = generator.beta(middle, count - middle + 1, RESAMPLES // 2)
    upper = lower
    if count % 2 == 0:
        upper = lower + (1 - lower) * generator.beta(1, count - middle, RESAMPLES // 2)
    low, high = (np.minimum((count * u).astype(np.int64), count - 1) for u in (lower, upper))
    return np.concatenate([low, count - 1 - high]), np.concatenate([high, count - 1 - low])
