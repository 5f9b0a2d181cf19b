"""Who is faster: the ratio of each pair with its interval, and the sentence that says it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet import catalog
from lenet.analysis import estimator, ratio_words
from lenet.analysis.intervals import FIXED, Interval, log_interval, power
from lenet.analysis.noise.floor_estimate import share
from lenet.analysis.noise.floor_words import plus_minus
from lenet.analysis.noise.measured import Floor
from lenet.analysis.words import counted
from lenet.records import Parity

Floats = npt.NDArray[np.float64]
Slices = Mapping[int, Floats]
"""Of one label: round -> mean batch time of each slice in ms (n,), in the order of the slices."""

ONE_ROUND = " (one round: differences between processes are not in this interval)"
BLIND = 1.0
"""A race that would have found only what takes twice as long says so by its interval."""
OFF_BURSTS = 0.05
"""The mean over all batches must disagree with the ratio by more than this, in every round, to be
worth a sentence."""


@dataclass(frozen=True)
class Pair:
    """How many times as long a batch of `slow` takes as one of `fast` (labels), with the 95 %
    interval.

    The ratio of a round is the trimmed mean over slices of the ratio of their mean batch times:
    paired slices are next to each other in time, so drift cancels; a burst hits one slice, not the figure.
    The estimate is the geometric mean over rounds. `different`: the interval leaves out 1 and the
    ratio lies outside the noise floor, where that is known; None where there is no interval (one
    round of one slice), and where a second race was to confirm it and did not. `mean_ratio` is the
    ratio of all steady batches together: a cost that strikes in few slices shows only there.
    `floor`: how far from 1 such a ratio of equal programs comes out here in 19 of 20 races, as a
    share; see `spread`. NaN where it was not measured or is stale.
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
    holds: bool = False
    """Whether it stays different when all pairs of its race are asked at once; see `multiple`."""
    agreed: tuple[float, float] | None = None
    """The ends that two races agree on, where one was to confirm the other: NaN where there was no second
    one; None where nothing was to be confirmed. See `confirmation`."""

    @property
    def outcome(self) -> str:
        """One of `ratio_words`: different, equal or undecided."""
        return ratio_words.outcome(self.low, self.high, different=self.different, floor=self.floor)


def compare(
    a: str,
    b: str,
    slices_a: Slices,
    slices_b: Slices,
    floors: tuple[Floor, Floor] | None = None,
    quantile: float = FIXED,
) -> Pair | None:
    """The pair of labels a and b, the slower one first; None when no round has steady slices of
    both.

    floors: the measurement of the noise floor that counts for each of the two, where one does;
    quantile: FIXED or LOOKED, as the rounds of the race were set beforehand or went on until it was
    known well.
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
    sentence = _sentence(a, b, ratio, different, floor, _floor_words(floors, floor), quantile)
    sentence += _beside(means, rounds, mean_ratio)
    return Pair(
        a, b, ratio.estimate, ratio.low, ratio.high, ratio.rounds, ratio.slices, mean_ratio, sentence, different, floor
    )


def usable(floors: Mapping[str, Floor], a: str, b: str) -> tuple[Floor, Floor] | None:
    """The measurements of the noise floor that count for a and b; None where one is missing or
    stale."""
    known = [floor for label in (a, b) if (floor := floors.get(label)) is not None and not floor.stale]
    return (known[0], known[1]) if len(known) == 2 else None


def _floor(floors: tuple[Floor, Floor] | None, rounds: list[Floats]) -> float:
    """The noise floor of a pair with these ratios of slices; NaN where it is not known."""
    if floors is None:
        return math.nan
    within = float(np.mean([estimator.variance(np.log(ratios)) for ratios in rounds]))
    return share(floors[0].spread, floors[1].spread, within, len(rounds))


def _floor_words(floors: tuple[Floor, Floor] | None, floor: float) -> str:
    """'noise floor here ±0.6 % (measured 2026-11-23)', by the older of the two; '' where it is not
    known."""
    if floors is None:
        return ""
    return f"noise floor here {plus_minus(floor)} (measured {min(f.measured for f in floors):%Y-%m-%d})"


def paired(a: Floats, b: Floats) -> Floats:
    """Ratios of two runs' slices (n,), paired by place in the round; a place that only one reached
    is left out."""
    both = min(len(a), len(b))
    return a[:both] / b[:both]


def _mean_ratio(a: Floats, b: Floats) -> float:
    both = min(len(a), len(b))
    return float(a[:both].mean() / b[:both].mean()) if both else math.nan


def _inverse(interval: Interval) -> Interval:
    return Interval(1 / interval.estimate, 1 / interval.high, 1 / interval.low, interval.rounds, interval.slices)


def _sentence(
    slow: str, fast: str, interval: Interval, different: bool | None, floor: float, floor_words: str, quantile: float
) -> str:
    slower, faster = catalog.title(slow), catalog.title(fast)
    if math.isnan(interval.low):
        looks = f"Undecided: {slower} looks {ratio_words.short(interval.estimate)} times as slow as {faster}"
        return f"{looks}, but a single slice gives no interval; train longer, or race more rounds."
    tail = ONE_ROUND if interval.rounds == 1 else ""
    beside = f"; {floor_words}" if floor_words else ""
    figures = ratio_words.text(interval.estimate, interval.low, interval.high)
    ending = ratio_words.outcome(interval.low, interval.high, different=different, floor=floor)
    if ending == ratio_words.DIFFERENT:
        ratio, ends = figures.split(" ", 1)
        return f"{slower} takes {ratio} times as long as {faster} {ends}{tail}{beside}."
    seen = _seen(interval, floor, quantile)
    if ending == ratio_words.UNDECIDED:
        advice = _advice(interval, quantile)
        return f"Undecided: {slower} looks {_allowed(interval, faster)}{tail}{beside}; {advice}.{seen}"
    if not interval.low <= 1 <= interval.high:
        equal = f"{slower} and {faster} are equal as far as this machine tells"
        return f"{equal}: {figures}{tail} lies inside the {floor_words}."
    close = ratio_words.bound(ratio_words.apart(interval.low, interval.high))
    return f"{slower} and {faster} are equal within ±{close}: {figures}{tail}{beside}.{seen}"


def _seen(interval: Interval, floor: float, quantile: float) -> str:
    """What the race could have seen: how large a difference would have been found nine times in ten.

    '' for one round, which knows nothing of other processes, and where the interval says it all.
    """
    if interval.rounds < 2:
        return ""
    reach = (math.log(interval.high) - math.log(interval.low)) / 2
    found = float(np.fmax(math.expm1(power(reach, interval.rounds - 1, quantile)), floor))
    if found > BLIND:
        return ""
    return f" A difference of {ratio_words.bound(found)} or more would have been seen nine times in ten."


def _allowed(interval: Interval, faster: str) -> str:
    """'15 times as slow as Keras fit, but 2 rounds allow 0.7 to 332'."""
    ratio, low, high = ratio_words.rounded(interval.estimate, interval.low, interval.high)
    allow = "allows" if interval.rounds == 1 else "allow"
    return f"{ratio} times as slow as {faster}, but {counted(interval.rounds, 'round')} {allow} {low} to {high}"


def _advice(interval: Interval, quantile: float) -> str:
    """What would decide it. More rounds move an interval, but no ratio out of the noise floor."""
    more = rounds_wanted(interval.estimate, interval.low, interval.high, interval.rounds, quantile)
    return f"race {more} rounds" if more else "longer runs or a quieter machine would decide it"


def rounds_wanted(ratio: float, low: float, high: float, rounds: int, quantile: float = FIXED) -> int | None:
    """After how many rounds an undecided ratio would be decided; None where rounds cannot do that."""
    return ratio_words.rounds_to_decide(ratio, high, rounds, quantile) if low <= 1 <= high else None


def _beside(means: Floats, rounds: list[Floats], mean_ratio: float) -> str:
    """A second sentence where rare long batches say something else than the typical slice, in every
    round."""
    off = means - np.array([estimator.figure(np.log(ratios)) for ratios in rounds])
    if len(off) < 2 or not (np.all(off > OFF_BURSTS) or np.all(off < -OFF_BURSTS)):
        return ""
    return f" With its rare long batches counted in full the ratio is {mean_ratio:.2f}."


def not_equivalent(label: str, parity: Parity) -> str:
    """Why the time of a variant that failed its exam enters no ratio."""
    what = "its weights differ" if parity.reason else f"{parity.layer} differs"
    where = f"{what} by {parity.difference:.1e}, tolerance {parity.tolerance:.0e}"
    said = f"{catalog.title(label)} is not equivalent to the reference ({where}), so its time is not compared."
    return f"{said} {parity.reason}".rstrip()


def unexamined(label: str) -> str:
    """Why the time of a variant without a parity answer enters no ratio."""
    return f"{catalog.title(label)} has no answer from the check against the reference, so its time is not compared."


def unfinished(label: str, statuses: str, reason: str) -> str:
    """Why a variant without a finished run enters no ratio."""
    return f"{catalog.title(label)} has no finished run ({statuses}), so its time is not compared. {reason}".rstrip()


def too_short(label: str, advice: str) -> str:
    """Why a variant whose runs have no steady batch enters no ratio."""
    return f"{catalog.title(label)} trained too few batches to compare: {advice}."


def removed(label: str) -> str:
    """Why the time of a variant whose batches were removed enters no ratio."""
    return f"The batches of {catalog.title(label)} were removed to make room, so its time is not compared any more."


def untimed(label: str) -> str:
    """Why a variant whose batches the clock could not time enters no ratio."""
    return (
        f"{catalog.title(label)} has batches that took no time by the clock of its record, which is too coarse to "
        "compare them: race it again here."
    )


def never_together(a: str, b: str) -> str:
    """Why two variants with finished runs have no ratio: ratios are paired within a round."""
    return f"{catalog.title(a)} and {catalog.title(b)} finished in no round together, so they are not compared."


def other_settings(a: str, b: str) -> str:
    """Why two entries with settings of their own have no ratio: it would be that of the
    settings."""
    return f"{catalog.title(a)} and {catalog.title(b)} ran with different settings, so they are not compared."
