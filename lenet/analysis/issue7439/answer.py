"""Gather the answer to keras-team/keras issue 7439: for each part the newest experiment that fits.

A part that was never measured names the command that would measure it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from lenet import catalog, requests
from lenet.analysis import report as reports
from lenet.analysis.issue7439 import original
from lenet.analysis.report import Report
from lenet.analysis.verdict import Pair
from lenet.analysis.why import counts, ladder, law
from lenet.analysis.why.counts import Counted
from lenet.analysis.why.ladder import Climb
from lenet.analysis.why.law import Law
from lenet.records import Experiment
from lenet.settings import Settings, names

if TYPE_CHECKING:
    from lenet.store import Store

Finding = TypeVar("Finding")


ISSUE = Settings(
    batch_size=original.BATCH_SIZE,
    learning_rate=original.LEARNING_RATE,
    momentum=original.MOMENTUM,
)
NOT_SAME = ("epochs", "images_per_epoch", "seed")
SAME = tuple(n for n in names(lambda f: f.exam == "what") if n not in NOT_SAME)
"""The settings in which a race must equal the issue's, besides its number of batches."""


@dataclass(frozen=True)
class Era:
    """The issue's two programs in the versions of one time, and a control of the counters."""

    name: str
    """The name of the era, and of its ladder."""
    when: str
    """The era in a sentence: 'on the versions of 2017'."""
    tensorflow: str
    keras: str
    control: str
    """A variant that re-creates something on each batch on purpose: the counters must see it."""

    @property
    def pair(self) -> tuple[str, str]:
        """The two variants."""
        return self.tensorflow, self.keras


ORIGINAL = Era("original", "on the versions of 2017", "tensorflow1_graph", "keras2_fit", "tensorflow1_growing")
TODAY = Era("today", "on today's versions", "tensorflow_graph", "keras_fit", "tensorflow_retracing")
ERAS = (ORIGINAL, TODAY)
EVER = "on the versions of 2017 and on today's"
"""Both eras, in a sentence."""


@dataclass(frozen=True)
class Wanted:
    """One part of the answer: which experiments hold it, and the command that makes one."""

    instrument: str
    command: str
    has: Callable[[Experiment], bool]
    """Whether an experiment of that instrument holds the part."""
    preferred: Callable[[Experiment], bool] = lambda experiment: False
    """Experiments to take before newer ones that are not preferred."""

    def fits(self, experiment: Experiment) -> bool:
        """Whether the part can be taken from this experiment."""
        return experiment.request.instrument == self.instrument and self.has(experiment)


@dataclass(frozen=True)
class Part(Generic[Finding]):
    """A part of the answer: a report and its result, or only the command that would measure it."""

    instrument: str
    command: str
    report: Report | None = None
    found: Finding | None = None
    problem: str = ""
    """The reason why the experiment lacks the result it was raced for, in sentences."""

    @property
    def experiment(self) -> Experiment | None:
        """The experiment that the part comes from."""
        return self.report.experiment if self.report else None


@dataclass(frozen=True)
class Side:
    """The parts of the answer for one era."""

    era: Era
    race: Part[Pair]
    law: Part[Law]
    ladder: Part[Climb]
    counts: Part[Counted]
    control: Part[Counted]

    @property
    def parts(self) -> tuple[Part[Any], ...]:
        """All parts, in the order of `wanted`."""
        return self.race, self.law, self.ladder, self.counts, self.control


Answer = tuple[Side, ...]
"""The parts of each era, in the order of ERAS."""
Choice = tuple[int | None, ...]
"""For each part of each era, the number of its experiment; None for a part not measured yet."""


def wanted(era: Era) -> tuple[Wanted, ...]:
    """The parts of an era: race, law, ladder, counts, control."""
    pair, counts = ",".join(era.pair), f"why counts {era.keras} {era.control}"
    return (
        Wanted("race", f"run --preset issue7439 --variants {pair}", _races(*era.pair), _as_in_the_issue),
        Wanted("law", f"why law --variants {pair}", lambda e: {*era.pair} <= {*e.request.plan["variants"]}),
        Wanted("ladder", f"why ladder {era.name}", lambda e: _climbs(e, era)),
        Wanted("counts", counts, _races(era.keras)),
        Wanted("counts", counts, _races(era.control)),
    )


def _races(*names: str) -> Callable[[Experiment], bool]:
    return lambda experiment: {*names} <= {*experiment.request.variants}


def _climbs(experiment: Experiment, era: Era) -> bool:
    plan = experiment.request.plan
    return bool(plan["name"] == era.name and plan["start"] == era.keras)


def _as_in_the_issue(experiment: Experiment) -> bool:
    settings = experiment.request.settings
    same = all(getattr(settings, name) == getattr(ISSUE, name) for name in SAME)
    return same and settings.batches == original.BATCHES


def choose(store: Store) -> Choice:
    """The experiments for the answer. Reads only the list of experiments, so it is cheap."""
    finished = [e for e in _all(store) if e.status == "finished"]
    return tuple(_newest(finished, part) for era in ERAS for part in wanted(era))


def _all(store: Store) -> Iterator[Experiment]:
    """Every experiment, newest first."""
    page = store.experiments()
    while page:
        yield from page
        page = store.experiments(before=page[-1].id)


def _newest(experiments: list[Experiment], part: Wanted) -> int | None:
    fitting = [e for e in experiments if part.fits(e)]
    return next((e.id for e in (*filter(part.preferred, fitting), *fitting)), None)


def gather(store: Store, choice: Choice) -> Answer:
    """The answer from the chosen experiments. Raises StoreError."""
    known = {number: reports.load(store, number) for number in dict.fromkeys(choice) if number is not None}
    chosen = iter([known.get(number or 0) for number in choice])
    return tuple(_side(store, era, [next(chosen) for _ in wanted(era)]) for era in ERAS)


def _side(store: Store, era: Era, chosen: list[Report | None]) -> Side:
    of_race, of_law, of_ladder, of_counts, of_control = zip(wanted(era), chosen, strict=True)
    return Side(
        era,
        _part(*of_race, lambda report: _pair(report, era)),
        _part(*of_law, _law),
        _part(*of_ladder, _climb),
        _part(*of_counts, lambda report: _count(store, report, era.keras)),
        _part(*of_control, lambda report: _count(store, report, era.control)),
    )


Reading = tuple[Finding | None, str]
"""The result of an experiment, or None and the reason why it has none."""


def _part(part: Wanted, report: Report | None, read: Callable[[Report], Reading[Finding]]) -> Part[Finding]:
    empty: Part[Finding] = Part(part.instrument, part.command)
    if report is None:
        return empty
    finding, problem = read(report)
    return replace(empty, report=report, found=finding, problem=problem)


def _pair(report: Report, era: Era) -> Reading[Pair]:
    pair = next((one for one in report.pairs if {one.slow, one.fast} == set(era.pair)), None)
    reasons = [report.hindrances[name] for name in era.pair if name in report.hindrances]
    return pair, "" if pair else " ".join(reasons) or "The two finished in no round together."


def _law(report: Report) -> Reading[Law]:
    return law.build(report, report.experiment.request.plan), ""


def _climb(report: Report) -> Reading[Climb]:
    return ladder.build(report, requests.ladder_of(report.experiment)), ""


def _count(store: Store, report: Report, name: str) -> Reading[Counted]:
    runs = [run for run in store.runs(report.experiment.id) if run.label == name and run.status == "finished"]
    if not runs:
        return None, f"{catalog.title(name)} has no finished count."
    return counts.build(runs[-1]), ""
