"""Decide who is faster: the ratio of each pair with its interval, and its sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet import catalog
from lenet.analysis import estimator
from lenet.analysis.intervals import FIXED, Interval, log_interval
from lenet.analysis.noise.floor_estimate import share
from lenet.analysis.noise.floor_words import plus_minus
from lenet.analysis.noise.measured import Floor
from lenet.records import Parity

Floats = npt.NDArray[np.float64]
Slices = Mapping[int, Floats]
"""For one label: round -> mean batch time of each slice in ms (n,), in the order of the slices."""

MAX_DECIMALS = 4
ONE_ROUND = " (one round: differences between processes are not in this interval)"
WIDE = 1.1
MORE_ROUNDS = " The interval is wide: more rounds would say more."
"""Added where no difference is measurable but the ends of the interval are over 10 % apart."""
OFF_BURSTS = 0.05
"""A sentence is added if all batches' mean disagrees with the ratio by more, in every round."""


@dataclass(frozen=True)
class Pair:
    """The ratio of two labels' batch times, `slow` to `fast`, with its 95 % interval.

    The ratio of a round is the median over slices of the ratio of their mean batch times. Paired
    slices are neighbours in time, so drift cancels; a burst hits one slice and leaves the median
    alone. The estimate is the geometric mean over rounds.

    `different`: whether the interval leaves out 1 and the ratio lies outside the noise floor, where
    the floor is known; None where there is no interval (one round of one slice). `mean_ratio`: the
    ratio of all steady batches together; a cost that strikes in few slices shows only there.
    `floor`: how far from 1 such a ratio of equal programs comes out on this machine in 19 of 20
    races, as a share (see `floor_estimate`); NaN where no floor was measured or it is stale.
    """

    slow: str
    fast: str
    ratio: float
    low: float
    high: float
    rounds: int
    slices: int
    mean_ratio: float
    verdict: str
    different: bool | None
    floor: float = math.nan


def compare(
    a: str,
    b: str,
    slices_a: Slices,
    slices_b: Slices,
    floors: tuple[Floor, Floor] | None = None,
    quantile: float = FIXED,
) -> Pair | None:
    """The pair of labels a and b, the slower one first; None if no round has slices of both.

    floors: the measurements of the noise floor for a and b, where both have one. quantile: FIXED if
    the number of rounds was set beforehand, LOOKED if the race went on until it knew its ratios.
    """
    rounds = [paired(slices_a[r], slices_b[r]) for r in sorted(slices_a.keys() & slices_b.keys())]
    rounds = [ratios for ratios in rounds if len(ratios)]
    if not rounds:
        return None
    means = np.log([_mean_ratio(slices_a[r], slices_b[r]) for r in sorted(slices_a.keys() & slices_b.keys())])
    ratio = log_interval(rounds, quantile)
    if ratio.estimate < 1:
        a, b, ratio, means = b, a, _inverse(ratio), -means
        rounds = [1 / ratios for ratios in rounds]
    mean_ratio = math.exp(means.mean())
    floor = _floor(floors, rounds)
    different = None if math.isnan(ratio.low) else not ratio.low <= 1 <= ratio.high and not ratio.estimate <= 1 + floor
    sentence = _sentence(a, b, ratio, different, _floor_words(floors, floor)) + _beside(means, rounds, mean_ratio)
    return Pair(
        a, b, ratio.estimate, ratio.low, ratio.high, ratio.rounds, ratio.slices, mean_ratio, sentence, different, floor
    )


def _floor(floors: tuple[Floor, Floor] | None, rounds: list[Floats]) -> float:
    """The noise floor of a pair with these ratios of slices; NaN where it is not known."""
    if floors is None:
        return math.nan
    within = float(np.mean([estimator.variance(np.log(ratios)) for ratios in rounds]))
    return share(floors[0].spread, floors[1].spread, within, len(rounds))


def _floor_words(floors: tuple[Floor, Floor] | None, floor: float) -> str:
    """The floor in words, 'noise floor here ±0.6 % (measured 2026-11-23)'; '' if unknown.

    The date is that of the older measurement.
    """
    if floors is None:
        return ""
    return f"noise floor here {plus_minus(floor)} (measured {min(f.measured for f in floors):%Y-%m-%d})"


def paired(a: Floats, b: Floats) -> Floats:
    """Ratios of two runs' slices (n,), by place in the round; surplus slices are left out."""
    both = min(len(a), len(b))
    return a[:both] / b[:both]


def _mean_ratio(a: Floats, b: Floats) -> float:
    both = min(len(a), len(b))
    return float(a[:both].mean() / b[:both].mean()) if both else math.nan


def _inverse(interval: Interval) -> Interval:
    return Interval(1 / interval.estimate, 1 / interval.high, 1 / interval.low, interval.rounds, interval.slices)


def _sentence(slow: str, fast: str, interval: Interval, different: bool | None, floor: str) -> str:
    slower, faster = catalog.title(slow), catalog.title(fast)
    if different is None:
        about = f"{slower} takes about {interval.estimate:.2g} times as long as {faster}"
        return f"{about}; a single slice gives no interval: train longer or more rounds."
    ratio, low, high = rounded(interval.estimate, interval.low, interval.high)
    tail = ONE_ROUND if interval.rounds == 1 else ""
    beside = f"; {floor}" if floor else ""
    if different:
        return f"{slower} takes {ratio} times as long as {faster} [{low}, {high}]{tail}{beside}."
    same = f"No measurable difference between {slower} and {faster}: {ratio} [{low}, {high}]"
    if not interval.low <= 1 <= interval.high:
        return f"{same}{tail} lies inside the {floor}."
    wide = MORE_ROUNDS if interval.high / interval.low > WIDE else ""
    return f"{same}{tail}{beside}.{wide}"


def _beside(means: Floats, rounds: list[Floats], mean_ratio: float) -> str:
    """A second sentence where rare long batches shift the ratio of every round; else ''."""
    off = means - np.array([estimator.figure(np.log(ratios)) for ratios in rounds])
    if len(off) < 2 or not (np.all(off > OFF_BURSTS) or np.all(off < -OFF_BURSTS)):
        return ""
    return f" With its rare long batches counted in full the ratio is {mean_ratio:.2f}."


def rounded(ratio: float, low: float, high: float) -> tuple[str, str, str]:
    """The three figures with the digits that the interval justifies.

    Half of the interval's width keeps two digits when it begins with 1 to 3.5, else one (the rule
    of the Particle Data Group). There are more digits where rounding would move an end of the
    interval onto or across 1.
    """
    decimals = _decimals((high - low) / 2)
    while decimals < MAX_DECIMALS and _side(round(low, decimals), round(high, decimals)) != _side(low, high):
        decimals += 1
    return f"{ratio:.{decimals}f}", f"{low:.{decimals}f}", f"{high:.{decimals}f}"


def _decimals(half: float) -> int:
    if half <= 0:
        return MAX_DECIMALS
    exponent = math.floor(math.log10(half))
    wanted = -exponent + (half / 10.0**exponent < 3.55)
    return min(max(wanted, 0), MAX_DECIMALS)


def _side(low: float, high: float) -> int:
    return (low > 1) - (high < 1)


def not_equivalent(label: str, parity: Parity) -> str:
    """The reason why the time of a variant that failed its exam enters no ratio."""
    where = f"{parity.layer} differs by {parity.difference:.1e}, tolerance {parity.tolerance:.0e}"
    return f"{catalog.title(label)} is not equivalent to the reference ({where}), so its time is not compared."


def unexamined(label: str) -> str:
    """The reason why the time of a variant without an exam result enters no ratio."""
    return f"{catalog.title(label)} has no answer from the check against the reference, so its time is not compared."


def unfinished(label: str, statuses: str, reason: str) -> str:
    """The reason why a variant without a finished run enters no ratio."""
    return f"{catalog.title(label)} has no finished run ({statuses}), so its time is not compared. {reason}".rstrip()


def too_short(label: str, advice: str) -> str:
    """The reason why a variant whose runs have no steady batch enters no ratio."""
    return f"{catalog.title(label)} trained too few batches to compare: {advice}."


def never_together(a: str, b: str) -> str:
    """The reason why two variants that shared no finished round have no ratio."""
    return f"{catalog.title(a)} and {catalog.title(b)} finished in no round together, so they are not compared."


def other_settings(a: str, b: str) -> str:
    """The reason why entries with different settings have no ratio: it would be the settings'."""
    return f"{catalog.title(a)} and {catalog.title(b)} ran with different settings, so they are not compared."
