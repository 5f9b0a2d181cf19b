"""Pool sessions: the same race, raced again at other hours, as one figure.

Within an hour a race's interval covers the scatter of its processes, and neighbours in time share
whatever the machine does. What changes from one hour to another is in none of these intervals, so
the session is a level of its own (Kalibera and Jones, ISMM 2013): a session gives one figure, and
the interval of their mean comes from how far sessions lie apart, by Student's t, and is at least as
wide as their own intervals imply. Two sessions are next to nothing (t = 12.7).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations, pairwise

import numpy as np

from lenet import catalog, instruments
from lenet.analysis import ratio_words, work_done
from lenet.analysis.across.measured_label import Side, unchanged
from lenet.analysis.circumstances import differences
from lenet.analysis.intervals import FIXED, Interval, around, student
from lenet.analysis.report import Report
from lenet.analysis.verdict import Pair
from lenet.analysis.words import counted, listed
from lenet.errors import BadInput
from lenet.records import UNFINISHED, Experiment

FEWEST = 2
APART = timedelta(hours=1)
"""Sessions that begin closer together than this share the hour's machine."""
CHANCE = 0.05
"""Sessions are said to scatter more than their own intervals where that comes by chance so rarely."""


@dataclass(frozen=True)
class Session:
    """What one experiment says of a pair: the ratio of `slow` to `fast` with its own interval."""

    experiment: int
    ratio: float
    low: float
    high: float
    rounds: int


@dataclass(frozen=True)
class Pooled:
    """A pair over all sessions: how many times as long `slow` takes as `fast`, with the 95 %
    interval."""

    slow: str
    fast: str
    ratio: float
    low: float
    high: float
    sessions: tuple[Session, ...]
    scattered: bool
    """Whether sessions lie further apart than their own intervals say."""
    verdict: str

    @property
    def outcome(self) -> str:
        """One of `ratio_words`: different, equal or undecided."""
        return ratio_words.outcome(self.low, self.high, different=not self.low <= 1 <= self.high)


@dataclass(frozen=True)
class Pool:
    """Sessions of one race, pooled."""

    experiments: tuple[Experiment, ...]
    """In the order in which they began."""
    pairs: tuple[Pooled, ...]
    remarks: tuple[str, ...]


def pool(sessions: Sequence[Report]) -> Pool:
    """The sessions as one race.

    Raises BadInput, in a sentence, for what is no session of the same race: another machine, other
    settings, another version or source of a program, another instrument; and for fewer than two.
    """
    ordered = of_one_race(sessions)
    labels = [str(label) for label in ordered[0].variants["label"]]
    pooled = [_pooled(ordered, one, other) for one, other in combinations(labels, 2)]
    pairs = tuple(pair for pair in pooled if pair is not None)
    work = work_done.beside((pair.slow, pair.fast) for pair in pairs)
    return Pool(tuple(report.experiment for report in ordered), pairs, (*work, *remarks(ordered)))


def of_one_race(sessions: Sequence[Report]) -> list[Report]:
    """The sessions in the order in which they began. Raises BadInput as `pool` does."""
    ordered = sorted(sessions, key=lambda report: report.experiment.created)
    check([report.experiment for report in ordered])
    for report in ordered[1:]:
        _check_same(ordered[0], report)
    return ordered


def check(experiments: Sequence[Experiment]) -> None:
    """Raise BadInput for what can be no sessions of one race whatever they measured: fewer than two,
    neither race nor ladder nor law, not over."""
    if len({one.id for one in experiments}) < FEWEST:
        raise BadInput("Pooling needs two different experiments at least; name them as in 12+15+18.")
    for one in experiments:
        _check_one(one)


def _check_one(one: Experiment) -> None:
    instrument = instruments.of(one.request)
    if instrument not in (instruments.LADDER, instruments.LAW) and not instrument.compared:
        raise BadInput(
            f"Experiment {one.id} is neither race nor ladder nor law, and only these are pooled; choose another."
        )
    if one.status in UNFINISHED:
        raise BadInput(f"Experiment {one.id} is {one.status}; pool it once it has ended.")


def _check_same(first: Report, other: Report) -> None:
    names = [f"experiment {report.experiment.id}" for report in (first, other)]
    requests = [report.experiment.request for report in (first, other)]
    if (requests[0].instrument, requests[0].plan) != (requests[1].instrument, requests[1].plan):
        asked = [instruments.subject(request) for request in requests]
        raise BadInput(f"{names[0].capitalize()} is {asked[0]!r}, {names[1]} is {asked[1]!r}; pool sessions of one.")
    labels = [set(map(str, report.variants["label"])) for report in (first, other)]
    if labels[0] != labels[1]:
        raise BadInput(f"{names[0].capitalize()} and {names[1]} raced different variants; pool races of the same ones.")
    for label in sorted(labels[0]):
        sides = [Side(report, label, name) for report, name in zip((first, other), names, strict=True)]
        if told := differences(sides[0].circumstance, sides[1].circumstance):
            raise BadInput(f"{names[0].capitalize()} and {names[1]} are no sessions of one race. {told[0]}")
        raced = all(label not in report.hindrances for report in (first, other))
        if raced and not unchanged(*sides):
            title = catalog.title(label)
            raise BadInput(f"{title} is another program in {names[1]} than in {names[0]}: compare them instead.")


def _pooled(sessions: Sequence[Report], one: str, other: str) -> Pooled | None:
    """The pair over the sessions that compared it; None where fewer than two did."""
    found = [(report, _pair(report, one, other)) for report in sessions]
    told = [(report, pair) for report, pair in found if pair is not None and not math.isnan(pair.low)]
    if len(told) < FEWEST:
        return None
    logs = np.array([_log(pair, one) for _, pair in told])
    slow, fast = (one, other) if logs.mean() >= 0 else (other, one)
    logs = logs if slow == one else -logs
    within = [_variance(report, pair) for report, pair in told]
    rounds = sum(pair.rounds for _, pair in told)
    mean = around(logs, float(np.mean(within)), rounds)
    each = tuple(_session(report, pair, slow) for report, pair in told)
    scattered = _scattered(logs, within, rounds)
    middle, low, high = (math.exp(value) for value in (mean.estimate, mean.low, mean.high))
    ratio = Interval(middle, low, high, len(told), rounds)
    sentence = _sentence(slow, fast, ratio, each, scattered)
    return Pooled(slow, fast, ratio.estimate, ratio.low, ratio.high, each, scattered, sentence)


def _pair(report: Report, one: str, other: str) -> Pair | None:
    return next((pair for pair in report.pairs if {pair.slow, pair.fast} == {one, other}), None)


def _log(pair: Pair, slow: str) -> float:
    return math.log(pair.ratio) if pair.slow == slow else -math.log(pair.ratio)


def _variance(report: Report, pair: Pair) -> float:
    """The variance of a session's logarithm by its own interval; 0 for a session of one round."""
    if pair.rounds < 2:
        return 0.0
    quantile = report.quantile
    reach = (math.log(pair.high) - math.log(pair.low)) / 2
    return (reach / student(pair.rounds - 1, quantile)) ** 2


def _session(report: Report, pair: Pair, slow: str) -> Session:
    ratio, low, high = pair.ratio, pair.low, pair.high
    if pair.slow != slow:
        ratio, low, high = 1 / ratio, 1 / high, 1 / low
    return Session(report.experiment.id, ratio, low, high, pair.rounds)


def _scattered(logs: np.ndarray, within: Sequence[float], rounds: int) -> bool:
    """Whether sessions lie further apart than their own intervals say, by an F test."""
    own, degrees = float(np.mean(within)), rounds - len(logs)
    if own <= 0 or degrees < 1:
        return False
    from scipy.special import fdtrc  # type: ignore[import-untyped]

    return bool(fdtrc(len(logs) - 1, degrees, float(logs.var(ddof=1)) / own) < CHANCE)


def _sentence(slow: str, fast: str, ratio: Interval, sessions: Sequence[Session], scattered: bool) -> str:
    slower, faster = catalog.title(slow), catalog.title(fast)
    over = f"over {counted(len(sessions), 'session')}"
    figures = ratio_words.text(ratio.estimate, ratio.low, ratio.high)
    outcome = ratio_words.outcome(ratio.low, ratio.high, different=not ratio.low <= 1 <= ratio.high)
    if outcome == ratio_words.DIFFERENT:
        middle, ends = figures.split(" ", 1)
        said = f"{slower} takes {middle} times as long as {faster} {ends} {over}"
    elif outcome == ratio_words.EQUAL:
        close = ratio_words.bound(ratio_words.apart(ratio.low, ratio.high))
        said = f"{slower} and {faster} are equal within ±{close} {over}: {figures}"
    else:
        said = f"Undecided {over}: {slower} against {faster} is {figures}"
    each = listed([f"{ratio_words.estimate(one.ratio, one.low, one.high)} ({one.experiment})" for one in sessions])
    tail = "; sessions lie further apart than their own intervals say" if scattered else ""
    return f"{said}. Sessions by themselves: {each}{tail}."


def remarks(sessions: Sequence[Report]) -> Iterator[str]:
    """What keeps the sessions from telling more, in sentences."""
    for before, after in pairwise(sessions):
        one, other = before.experiment, after.experiment
        if other.created - one.created < APART:
            yield (
                f"Experiments {one.id} and {other.id} began within an hour: they share the hour's machine, so the "
                "interval may be too narrow."
            )
    if len(sessions) == FEWEST:
        yield f"Two sessions tell little: with a third the interval is some {_gain():.0f} times narrower."


def _gain() -> float:
    """How much narrower an interval becomes with a third session, if all scatter alike."""
    return student(1, FIXED) / math.sqrt(2) / (student(2, FIXED) / math.sqrt(3))
