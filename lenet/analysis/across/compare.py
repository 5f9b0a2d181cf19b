"""Compare labels of two experiments, or of one: is a program slower than it was?

Two labels of one experiment were raced together and are compared as on the Results page. Two
experiments were raced at different times, and a change of the machine in between looks like a
change of the program. So the first of these that applies decides:

* A program that did not change and was raced in both experiments is the yardstick: within each
  experiment, the slices of the label are divided by the slices of the yardstick beside them, so
  that the machine's influence on both cancels. This applies only to a label that did change: where
  everything recorded is equal, the question is about the machine (a new kernel, a new machine
  room), and a yardstick would cancel the answer.
* Otherwise the interval is at least as wide as equal programs came out apart from one experiment to
  the next on this machine (`drift`).
* Where no such figures exist, the interval covers rounds only, and an interval that leaves out 1 is
  not called a difference.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lenet import catalog, instruments, twins
from lenet.analysis.across import welch, yardsticks
from lenet.analysis.across.drift import Drift, Known, measure, nothing_known
from lenet.analysis.across.measured_label import Side
from lenet.analysis.circumstances import differences
from lenet.analysis.intervals import Interval
from lenet.analysis.report import Report
from lenet.analysis.verdict import Pair
from lenet.errors import BadInput
from lenet.records import Experiment

PAIRED, YARDSTICK, HISTORY, ROUNDS, SLICES = "paired", "yardstick", "history", "rounds", "slices"
"""The bases of an interval; the last two leave out an error that may exceed the difference."""
SLOWER, NOT_SLOWER, UNSURE = "slower", "not slower", "unsure"


@dataclass(frozen=True)
class Comparison:
    """The ratio of batch times, `new` to `base`, with its 95 % interval.

    With a yardstick, the change of the yardstick's own time is divided out of the ratio.
    `different`: whether the interval leaves out 1 (and the ratio of a raced pair its noise floor);
    None where it leaves out 1 but may be too narrow, and where there is no interval.
    """

    base: Side
    new: Side
    ratio: float
    low: float
    high: float
    rounds: tuple[int, int]
    basis: str
    yardsticks: tuple[str, ...] = ()
    drift: Drift | None = None
    pair: Pair | None = None
    different: bool | None = None

    @property
    def sure(self) -> bool:
        """Whether the interval covers everything that may set two equal programs apart."""
        return self.basis == HISTORY or (self.basis in (PAIRED, YARDSTICK) and max(self.rounds) > 1)

    def judge(self, tolerance: float) -> str:
        """SLOWER when the whole interval lies above 1 + tolerance; UNSURE if it may be too narrow.

        UNSURE also where there is no interval. tolerance: a share, 0.03 for 3 %.
        """
        if math.isnan(self.low):
            return UNSURE
        if self.low <= 1 + tolerance or self.different is False:
            return NOT_SLOWER
        return SLOWER if self.sure and self._confirmed_low > 1 + tolerance else UNSURE

    @property
    def _confirmed_low(self) -> float:
        """The low end on which two races agree, where one was to confirm the other: NaN if it did not
        begin."""
        if self.pair is None or self.pair.agreed is None:
            return self.low
        low, high = self.pair.agreed
        return low if self.pair.slow == self.new.label else 1 / high


@dataclass(frozen=True)
class Compared:
    """The comparisons, and a sentence for each label that could not be compared."""

    base: Experiment
    new: Experiment
    names: tuple[str, str]
    comparisons: tuple[Comparison, ...]
    refused: tuple[str, ...]

    @property
    def judged(self) -> list[Comparison]:
        """The comparisons that answer the question, without those of the yardsticks.

        A yardstick did not change: its own time tells what the machine did.
        """
        used = {label for comparison in self.comparisons for label in comparison.yardsticks}
        return [comparison for comparison in self.comparisons if comparison.base.label not in used]

    def judge(self, tolerance: float) -> str:
        """SLOWER when any label is slower; else UNSURE when any is unsure or was not compared."""
        outcomes = {comparison.judge(tolerance) for comparison in self.judged}
        if SLOWER in outcomes:
            return SLOWER
        return UNSURE if UNSURE in outcomes or self.refused else NOT_SLOWER


def compare(
    base: Report,
    new: Report,
    labels: Sequence[tuple[str, str]],
    *,
    names: tuple[str, str] | None = None,
    known: Known = nothing_known,
    wanted: Sequence[str] | None = None,
) -> Compared:
    """Compare each pair of labels (of `base`, of `new`).

    names: how sentences call the experiments. known: a function that returns the figures of other
    experiments under a circumstance. wanted: labels of both experiments to use as yardsticks; None
    takes every program that did not change. Raises BadInput when a wanted label cannot be a
    yardstick.
    """
    names = names or (f"experiment {base.experiment.id}", f"experiment {new.experiment.id}")
    comparisons: list[Comparison] = []
    refused: list[str] = []
    for sides in ((Side(base, a, names[0]), Side(new, b, names[1])) for a, b in labels):
        reason = _hindrance(*sides)
        if reason:
            refused.append(reason)
        elif same(base.experiment, new.experiment):
            comparisons.append(_together(*sides))
        else:
            comparisons.append(_separately(*sides, wanted, known))
    return Compared(base.experiment, new.experiment, names, tuple(comparisons), tuple(refused))


def same(a: Experiment, b: Experiment) -> bool:
    """Whether both records are of one experiment, even if one of them was imported from a file."""
    return a.uid == b.uid if a.uid or b.uid else (a.id, a.created) == (b.id, b.created)


def choose(base: Report, base_label: str, new: Report, new_label: str) -> list[tuple[str, str]]:
    """The pairs of labels to compare: the named ones, else every label that both experiments have.

    A single name stands for both. Raises BadInput when no label is left, or when a label would be
    compared with itself.
    """
    for report, label in ((base, base_label), (new, new_label)):
        _check(report, label)
    if same(base.experiment, new.experiment):
        if not base_label or not new_label or base_label == new_label:
            number = base.experiment.id
            raise BadInput(f"Of one experiment name two different variants: {number}:THIS {number}:THAT.")
        return [(base_label, new_label)]
    if base_label or new_label:
        one, other = base_label or new_label, new_label or base_label
        _check(base, one)
        _check(new, other)
        return [(one, other)]
    shared = [label for label in _labels(base) if label in _labels(new)]
    if not shared:
        raise BadInput(
            f"Experiments {base.experiment.id} and {new.experiment.id} have no variant in common; name one of each, as "
            f"in {base.experiment.id}:{_labels(base)[0]} {new.experiment.id}:{_labels(new)[0]}."
        )
    return [(label, label) for label in shared]


def _labels(report: Report) -> list[str]:
    return catalog.labels(twins.competitors(report.experiment.request))


def _check(report: Report, label: str) -> None:
    number, kind = report.experiment.id, instruments.of(report.experiment.request)
    if not kind.timed:
        raise BadInput(f"Experiment {number} has no times (instrument: {kind.name}), so there is nothing to compare.")
    if label and label not in _labels(report):
        raise BadInput(f"Experiment {number} raced no {label!r}; it raced {', '.join(_labels(report))}.")


def _hindrance(base: Side, new: Side) -> str:
    """The reason why two labels cannot be compared; '' when they can."""
    for side in (base, new):
        if reason := side.report.hindrances.get(side.label):
            return f"{side.name.capitalize()}: {reason}"
    if sentences := differences(base.circumstance, new.circumstance):
        both = base.title if base.label == new.label else f"{base.title} and {new.title}"
        return f"{both}: not compared, for the circumstances differ. {' '.join(sentences)}"
    if same(base.report.experiment, new.report.experiment) and not _pair(base, new):
        return f"{base.title} and {new.title} have no ratio in {base.name}; the Results or the Why page says more."
    return ""


def _pair(base: Side, new: Side) -> Pair | None:
    both = {base.label, new.label}
    return next((pair for pair in base.report.pairs if {pair.slow, pair.fast} == both), None)


def _together(base: Side, new: Side) -> Comparison:
    """The comparison of two labels of one race: their pair, turned so that `new` comes first."""
    pair = _pair(base, new)
    assert pair is not None, "_hindrance was asked first"
    ratio, low, high = pair.ratio, pair.low, pair.high
    if pair.slow == base.label:
        ratio, low, high = 1 / ratio, 1 / high, 1 / low
    rounds = (pair.rounds, pair.rounds)
    return Comparison(base, new, ratio, low, high, rounds, PAIRED, pair=pair, different=pair.different)


def _separately(base: Side, new: Side, wanted: Sequence[str] | None, known: Known) -> Comparison:
    chosen = yardsticks.detected(base, new) if wanted is None else yardsticks.named(base, new, wanted)
    before, after = base.rounds(chosen), new.rounds(chosen)
    quantile = max(side.report.quantile for side in (base, new))
    interval = welch.difference(before, after, quantile)
    drift = None if chosen else measure(known(base.circumstance.key), (base.figure, new.figure))
    if drift:
        interval = welch.widened(interval, drift.reach)
    rounds = (len(before), len(after))
    basis = HISTORY if drift else SLICES if max(rounds) == 1 else YARDSTICK if chosen else ROUNDS
    ratio, low, high = (math.exp(value) for value in (interval.estimate, interval.low, interval.high))
    different = _different(interval, basis)
    return Comparison(base, new, ratio, low, high, rounds, basis, chosen, drift, different=different)


def _different(interval: Interval, basis: str) -> bool | None:
    """Whether a logarithmic interval shows a difference; None where it cannot tell.

    An interval that holds 0 would hold it all the more if it were wider, whatever it leaves out.
    """
    if math.isnan(interval.low):
        return None
    if interval.low <= 0 <= interval.high:
        return False
    return True if basis in (YARDSTICK, HISTORY) else None
