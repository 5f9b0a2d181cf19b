"""What stands in the answer to issue 7439, in its order: the page and the HTML file show the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

import pandas as pd
import plotly.graph_objects as go

from lenet import catalog, instruments
from lenet.analysis import summary
from lenet.analysis.issue7439 import original
from lenet.analysis.issue7439.answer import Answer, Part, Side
from lenet.analysis.issue7439.conclusion import factor
from lenet.analysis.report import Report
from lenet.analysis.verdict import Pair, rounded
from lenet.analysis.why.counts import Counted
from lenet.analysis.why.ladder import Climb
from lenet.analysis.why.law import Law
from lenet.charts import answer as charts
from lenet.charts import law, waterfall

Found = TypeVar("Found")
HEADERS = {"what": "What", "per_batch": "Per batch", "total": "In all", "told_by": "Told by"}
"""Columns of a table of counts that are shown, and how they read."""


@dataclass(frozen=True)
class Card:
    """A figure that stands alone: how many times as long Keras takes."""

    title: str
    value: str
    note: str


@dataclass(frozen=True)
class Block:
    """One part of the answer: what it says, what that stands on, and where it comes from or what would measure it."""

    title: str = ""
    sentences: tuple[str, ...] = ()
    chart: go.Figure | None = None
    alt: str = ""
    """The chart in words, for those who do not see it."""
    table: pd.DataFrame | None = None
    command: str = ""
    """What would measure it; '' where it was measured."""
    source: str = ""
    instrument: str = ""
    experiment: int | None = None


@dataclass(frozen=True)
class Section:
    """Blocks that answer one question; `beside`: they may stand beside each other where there is room."""

    title: str
    about: str
    blocks: tuple[Block, ...]
    beside: bool = False


def cards(answer: Answer) -> tuple[Card, ...]:
    """How many times as long a batch of Keras takes: as reported, and as measured in each era."""
    reported = Card("As reported in 2017", f"{original.FACTOR:.2f} ×", "one run each, no interval")
    return reported, *(_card(side) for side in answer)


def _card(side: Side) -> Card:
    found = factor(side)
    title = f"Measured {side.era.when}"
    if found is None:
        return Card(title, "–", "not measured yet" if side.race.report is None else "could not be compared")
    if math.isnan(found.low):
        return Card(title, f"{found.estimate:.2g} ×", "too few slices for an interval")
    ratio, low, high = rounded(found.estimate, found.low, found.high)
    return Card(title, f"{ratio} ×", f"95 % interval {low} to {high}")


def sections(answer: Answer) -> tuple[Section, ...]:
    """Race, law, ladder and counts, each of both eras."""
    return (
        Section(
            "How much slower is Keras?",
            "The two programs take turns on one machine, slice by slice, after proof that they compute the same. The "
            f"paler bars are the issue's own figures ({original.SOURCE}).",
            (_speeds(answer), *(_block(side, side.race, _race) for side in answer)),
        ),
        Section(
            "Is it overhead or compute?",
            "Both are timed at several batch sizes. Where a batch takes a + b × images, a is the overhead of a batch "
            "and b the compute of an image.",
            tuple(_block(side, side.law, _law) for side in answer),
            beside=True,
        ),
        Section(
            "Where does the time go?",
            "A ladder from one program to the other, one change a rung, all rungs raced together. The bars add up to "
            "the gap; what depends on the order of the changes is a bar of its own.",
            tuple(_block(side, side.ladder, _climb) for side in answer),
        ),
        Section(
            "Is anything re-created on each batch?",
            "Counted over steady batches with the clock off. A program that re-creates on purpose shows that the "
            "counters would see it.",
            tuple(_block(side, part, _count) for side in answer for part in _distinct(side.counts, side.control)),
            beside=True,
        ),
    )


def _speeds(answer: Answer) -> Block:
    said = "Time of a batch of TensorFlow and of Keras: as reported in 2017, and as measured in each race below."
    return Block(chart=charts.speeds(answer), alt=said)


def _block(side: Side, part: Part[Found], show: Callable[[Found], Block]) -> Block:
    """A part as `show` has it under its era's name; in its place, why there is none and what would measure it."""
    title = f"{side.era.when[0].upper()}{side.era.when[1:]}"
    if part.report is None:
        missing = f"{title}: not measured yet"
        return Block(missing, command=f"python -m lenet {part.command}", instrument=part.instrument)
    shown = Block(sentences=(part.problem,)) if part.found is None else show(part.found)
    return replace(
        shown,
        title=f"{title}{shown.title}",
        source=source(part.report),
        instrument=part.instrument,
        experiment=part.report.experiment.id,
    )


def _distinct(counts: Part[Counted], control: Part[Counted]) -> tuple[Part[Counted], ...]:
    """Both; where neither is there, one, as one command makes both."""
    return (counts,) if counts.report is None and control.report is None else (counts, control)


def _race(pair: Pair) -> Block:
    return Block(sentences=(pair.verdict,))


def _law(found: Law) -> Block:
    return Block("", found.sentences, law.overhead(found), "Time of a batch by its size, with the fitted lines.")


def _climb(found: Climb) -> Block:
    said = "The gap between the ladder's two ends split into its changes, in microseconds per batch."
    ends = f": {catalog.title(found.ladder.start)} to {catalog.title(found.ladder.end)}"
    return Block(ends, found.sentences, waterfall.waterfall(found), said)


def _count(found: Counted) -> Block:
    table = found.table.rename(columns=HEADERS)[list(HEADERS.values())]
    return Block(f": {catalog.title(found.label)}", (found.sentence,), table=table)


def source(report: Report) -> str:
    """Where figures come from: experiment, date, machine, settings, versions."""
    experiment = report.experiment
    settings, machine = experiment.request.settings, experiment.machine
    said = (
        f"Experiment {experiment.id}, {experiment.created:%Y-%m-%d}",
        f"{machine.get('cpu', 'unknown processor')}, {machine.get('cores', '?')} cores",
        f"host {machine.get('host', '?')}",
        f"{settings.threads} threads on {settings.device}",
        *_size(report),
        *_versions(report),
    )
    return " · ".join(said)


def _size(report: Report) -> Iterable[str]:
    """How much was trained, of what instrument that says something."""
    request = report.experiment.request
    kind = instruments.of(request)
    if kind is not instruments.LAW:
        yield f"batch size {request.settings.batch_size}"
    if kind is instruments.RACE:
        yield f"{request.settings.batches:,} batches a run"
    if kind.timed:
        yield f"{summary.rounds(report.runs)} rounds"


def _versions(report: Report) -> Iterable[str]:
    """The packages of its runs, each once."""
    packages = [facts.get("packages", {}) for facts in report.runs["facts"]]
    yield from dict.fromkeys(f"{name} {version}" for known in packages for name, version in known.items())
