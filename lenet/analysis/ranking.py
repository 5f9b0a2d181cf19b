"""Rank the labels of a race against one of them, the baseline: ratio, difference and outcome of each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lenet import twins
from lenet.analysis import ratio_words
from lenet.analysis.report import Report
from lenet.analysis.verdict import Pair

BASELINE, SLOWER, FASTER, EQUAL, UNDECIDED, APART = (
    "baseline", "slower", "faster", "equal", "undecided", "not compared",
)  # fmt: skip
NAN = float("nan")


@dataclass(frozen=True)
class Place:
    """A label against the baseline. `outcome`: one of the words above.

    Ratio and interval: how many times as long its batch takes as the baseline's; NaN where the two
    were not compared. `base_ms`: the batch time of the baseline, in ms.
    """

    label: str
    batch_ms: float
    ratio: float
    low: float
    high: float
    base_ms: float
    outcome: str


@dataclass(frozen=True)
class Subject:
    """What a result is about: the baseline, and its pair with another label."""

    baseline: str
    pair: Pair

    @property
    def other(self) -> str:
        """The label beside the baseline."""
        return self.pair.slow if self.pair.fast == self.baseline else self.pair.fast


def subject(report: Report, baseline: str = "", other: str = "") -> Subject | None:
    """The named baseline against the other one, or against the slowest of the rest.

    A baseline that was not compared is replaced by the fastest label. None where no two labels were
    compared.
    """
    compared = list(_compared(report))
    if not compared:
        return None
    base = baseline if baseline in compared else compared[0]
    named = (pair_of(report, base, label) for label in (other, *reversed(compared)))
    return Subject(base, next(pair for pair in named if pair is not None))


def pair_of(report: Report, one: str, other: str) -> Pair | None:
    """The pair of two labels, whichever is the slower one; None where they were not compared."""
    return next((pair for pair in report.pairs if {pair.slow, pair.fast} == {one, other}), None)


def places(report: Report, baseline: str) -> tuple[Place, ...]:
    """A place for each label but the twin, fastest first."""
    times = dict(zip(report.variants["label"], report.variants["batch_ms"], strict=True))
    twin = twins.label(report.experiment.request)
    ranked = (str(label) for label in times if label != twin)
    return tuple(_place(report, label, times[label], baseline, times[baseline]) for label in ranked)


def tally(ranked: Iterable[Place]) -> str:
    """'5 slower, 0 faster, 1 undecided'; equal ones only where there are any."""
    found = Counter(place.outcome for place in ranked)
    words = [SLOWER, FASTER, *([EQUAL] if found[EQUAL] else []), UNDECIDED]
    return ", ".join(f"{found[word]} {word}" for word in words)


def _compared(report: Report) -> Iterator[str]:
    """The labels that are in a pair, fastest first."""
    paired = {label for pair in report.pairs for label in (pair.slow, pair.fast)}
    yield from (str(label) for label in report.variants["label"] if label in paired)


def _place(report: Report, label: str, ms: float, baseline: str, base_ms: float) -> Place:
    if label == baseline:
        return Place(label, ms, 1.0, 1.0, 1.0, ms, BASELINE)
    pair = pair_of(report, baseline, label)
    if pair is None:
        return Place(label, ms, NAN, NAN, NAN, base_ms, APART)
    ratio, low, high = _against(pair, baseline)
    outcome = (SLOWER if ratio > 1 else FASTER) if pair.outcome == ratio_words.DIFFERENT else pair.outcome
    return Place(label, ms, ratio, low, high, base_ms, outcome)


def _against(pair: Pair, baseline: str) -> tuple[float, float, float]:
    """The pair's ratio with its interval, the baseline's time as 1."""
    if pair.fast == baseline:
        return pair.ratio, pair.low, pair.high
    return 1 / pair.ratio, 1 / pair.high, 1 / pair.low


def span(ranked: Sequence[Place]) -> tuple[float, float]:
    """The smallest and the largest figure on an axis of the ratios, 1 among them."""
    ends = [end for place in ranked for end in (place.ratio, place.low, place.high) if not math.isnan(end)]
    return min([1.0, *ends]), max([1.0, *ends])
