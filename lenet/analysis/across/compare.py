"""Is a program slower than it was? Labels of two experiments, or of one, compared as far as that
can be honest.

Two labels of one experiment were raced together and are compared as on the Results page. Two
experiments were raced at different times, and what the machine did in between looks like a change
of the program. So, in this order:

* a program that did not change and was raced in both is the yardstick: within each experiment the label's slices are
  taken relative to the yardstick's beside them, and what the machine did to both cancels. Only for a label that did
  change: where everything recorded is equal (a new kernel, a new machine room) that would cancel what is asked about;
* else the interval is at least as wide as equal programs came out apart from one experiment to the next here (`drift`);
* where nothing tells that, the interval covers rounds only, and what it leaves out of 1 is not called a difference.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lenet import catalog, instruments
from lenet.analysis import precision
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
"""The basis of an interval; the last two leave out something that may be as large as the
difference."""
SLOWER, NOT_SLOWER, UNSURE = "slower", "not slower", "unsure"


@dataclass(frozen=True)
class Comparison:
    """How many times as long a batch takes on the `new` side as on the `base` side, with the 95 %
    interval.

    The ratio of a yardstick's comparison is the ratio of the two times less what the yardstick's
    own time changed. `different`: whether the interval leaves out 1; None where it does, but may be
    too narrow, or is not known.
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
        """Whether the interval covers all that may set two equal programs apart."""
        return self.basis == HISTORY or (self.basis in (PAIRED, YARDSTICK) and max(self.rounds) > 1)

    def judge(self, tolerance: float) -> str:
        """SLOWER when the whole interval lies above 1 + tolerance, UNSURE when it does but may be
        too narrow.

        tolerance: a share, 0.03 for 3 %.
        """
        if math.isnan(self.low):
            return UNSURE
        if self.low <= 1 + tolerance or self.different is False:
            return NOT_SLOWER
        return SLOWER if self.sure else UNSURE


@dataclass(frozen=True)
class Compared:
    """The comparisons that were made, and a sentence for each label that could not be compared."""

    base: Experiment
    new: Experiment
    names: tuple[str, str]
    comparisons: tuple[Comparison, ...]
    refused: tuple[str, ...]

    @property
    def judged(self) -> list[Comparison]:
        """The comparisons that a limit applies to. A yardstick did not change, so its time shows
        the machine's pace instead."""
        used = {label for comparison in self.comparisons for label in comparison.yardsticks}
        return [comparison for comparison in self.comparisons if comparison.base.label not in used]

    def judge(self, tolerance: float) -> str:
        """SLOWER when any label is; else UNSURE when any is, or could not be compared at all."""
        found = {comparison.judge(tolerance) for comparison in self.judged}
        if SLOWER in found:
            return SLOWER
        return UNSURE if UNSURE in found or self.refused else NOT_SLOWER


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

    names: how sentences call the experiments; known: figures of other experiments by circumstance;
    wanted: labels of both to use as yardsticks, None to find those that did not change. Raises
    BadInput when one cannot be a yardstick.
    """
    names = names or (f"experiment {base.experiment.id}", f"experiment {new.experiment.id}")
    found: list[Comparison] = []
    refused: list[str] = []
    for sides in ((Side(base, a, names[0]), Side(new, b, names[1])) for a, b in labels):
        reason = _hindrance(*sides)
        if reason:
            refused.append(reason)
        elif same(base.experiment, new.experiment):
            found.append(_together(*sides))
        else:
            found.append(_separately(*sides, wanted, known))
    return Compared(base.experiment, new.experiment, names, tuple(found), tuple(refused))


def same(a: Experiment, b: Experiment) -> bool:
    """Whether two records are of one experiment, also where one of them came out of a file."""
    return a.uid == b.uid if a.uid or b.uid else (a.id, a.created) == (b.id, b.created)


def choose(base: Report, base_label: str, new: Report, new_label: str) -> list[tuple[str, str]]:
    """The labels to compare: the named ones, one name standing for both, else all that both
    experiments have.

    Raises BadInput when there are none, or when a label would be compared with itself.
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
    return catalog.labels(report.experiment.request.variants)


def _check(report: Report, label: str) -> None:
    number, kind = report.experiment.id, instruments.of(report.experiment.request)
    if not kind.timed:
        raise BadInput(f"Experiment {number} has no times (instrument: {kind.name}), so there is nothing to compare.")
    if label and label not in _labels(report):
        raise BadInput(f"Experiment {number} raced no {label!r}; it raced {', '.join(_labels(report))}.")


def _hindrance(base: Side, new: Side) -> str:
    """Why two labels are not compared; '' when they may be."""
    for side in (base, new):
        if reason := side.report.hindrances.get(side.label):
            return f"{side.name.capitalize()}: {reason}"
    if found := differences(base.circumstance, new.circumstance):
        both = base.title if base.label == new.label else f"{base.title} and {new.title}"
        return f"{both}: not compared, for the circumstances differ. {' '.join(found)}"
    if same(base.report.experiment, new.report.experiment) and not _pair(base, new):
        return f"{base.title} and {new.title} have no ratio in {base.name}; the Results or the Why page says more."
    return ""


def _pair(base: Side, new: Side) -> Pair | None:
    both = {base.label, new.label}
    return next((pair for pair in base.report.pairs if {pair.slow, pair.fast} == both), None)


def _together(base: Side, new: Side) -> Comparison:
    """The pair of the Results page, turned so that it speaks of `new`."""
    pair = _pair(base, new)
    assert pair is not None, "_hindrance was asked first"
    ratio, low, high = pair.ratio, pair.low, pair.high
    if pair.slow == base.label:
        ratio, low, high = 1 / ratio, 1 / high, 1 / low
    rounds = (pair.rounds, pair.rounds)
    return Comparison(base, new, ratio, low, high, rounds, PAIRED, pair=pair, different=pair.different)


def _separately(base: Side, new: Side, wanted: Sequence[str] | None, known: Known) -> Comparison:
    chosen = yardsticks.found(base, new) if wanted is None else yardsticks.named(base, new, wanted)
    before, after = base.rounds(chosen), new.rounds(chosen)
    quantile = precision.quantile(*(side.report.experiment.request.settings for side in (base, new)))
    found = welch.difference(before, after, quantile)
    drift = None if chosen else measure(known(base.circumstance.key), (base.figure, new.figure))
    if drift:
        found = welch.widened(found, drift.reach)
    rounds = (len(before), len(after))
    basis = HISTORY if drift else SLICES if max(rounds) == 1 else YARDSTICK if chosen else ROUNDS
    ratio, low, high = (math.exp(value) for value in (found.estimate, found.low, found.high))
    different = _different(found, basis)
    return Comparison(base, new, ratio, low, high, rounds, basis, chosen, drift, different=different)


def _different(found: Interval, basis: str) -> bool | None:
    """An interval that leaves something out and yet holds 1 would hold it all the more if it were
    wider."""
    if math.isnan(found.low):
        return None
    if found.low <= 0 <= found.high:
        return False
    return True if basis in (YARDSTICK, HISTORY) else None
