"""The answer to issue 7439, section by section; the page and the HTML file show the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from lenet import catalog
from lenet.analysis.issue7439 import original
from lenet.analysis.issue7439.answer import Answer, Part, Side
from lenet.analysis.issue7439.conclusion import conclude, factor
from lenet.analysis.ratio_words import rounded
from lenet.analysis.verdict import Pair
from lenet.analysis.why.counts import Counted
from lenet.analysis.why.ladder import Climb
from lenet.analysis.why.law import Law
from lenet.charts import answer as charts
from lenet.charts import law, waterfall
from lenet.views.blocks import Block, Column, Section, Table
from lenet.views.experiment import line
from lenet.views.why import COUNT, DECIMALS

Result = TypeVar("Result")
COUNTS = (
    Column("What", "what"),
    Column("Per batch", "per_batch", digits=COUNT),
    Column("In all", "total", digits=COUNT),
    Column("More at an epoch's start", "per_epoch", digits=COUNT),
    Column("Told by", "told_by"),
)


@dataclass(frozen=True)
class Card:
    """One large figure: how many times as long a batch of Keras takes."""

    title: str
    value: str
    note: str


def cards(answer: Answer) -> tuple[Card, ...]:
    """The ratio of Keras to TensorFlow as it was reported, and as measured in each era."""
    reported = Card("As reported in 2017", f"{original.FACTOR:.2f} ×", "one run each, no interval")
    return reported, *(_card(side) for side in answer)


def _card(side: Side) -> Card:
    interval = factor(side)
    title = f"Measured {side.era.when}"
    if interval is None:
        return Card(title, "–", "not measured yet" if side.race.report is None else "could not be compared")
    if math.isnan(interval.low):
        return Card(title, f"{interval.estimate:.2g} ×", "too few slices for an interval")
    ratio, low, high = rounded(interval.estimate, interval.low, interval.high)
    return Card(title, f"{ratio} ×", f"95 % interval {low} to {high}")


def sections(answer: Answer) -> tuple[Section, ...]:
    """Race, law, ladder and counts: what each found, and for both eras the evidence, folded."""
    found = conclude(answer)
    return (
        Section(
            "How much slower is Keras?",
            (Block(points=found.race), _speeds(answer), *(_block(side, side.race, _race) for side in answer)),
            "The two programs take turns on one machine, slice by slice, after proof that they compute the same.",
        ),
        Section(
            "Is it overhead or compute?",
            (Block(points=found.law), *(_block(side, side.law, _law) for side in answer)),
            "Timed at several batch sizes, a batch takes a + b × images: a is the overhead of a "
            "batch, b the compute of an image.",
        ),
        Section(
            "Where does the time go?",
            (Block(points=found.ladder), *(_block(side, side.ladder, _climb) for side in answer)),
            "Every rung changes one thing, and all are raced together; the bars add up to the gap, "
            "and what depends on the order of the changes is a bar of its own.",
        ),
        Section(
            "Is anything re-created on each batch?",
            (
                Block(points=found.counts),
                *(_block(side, part, _count) for side in answer for part in _distinct(side.counts, side.control)),
            ),
            "Counted over steady batches, and from each epoch to the next, with the clock off; a "
            "program that re-creates on purpose shows that the counters would see it.",
        ),
    )


def _speeds(answer: Answer) -> Block:
    alt = "Time of a batch of TensorFlow and of Keras: as reported in 2017, and as measured in each race below."
    paler = f"The paler bars are the issue's own figures ({original.SOURCE})."
    return Block("Both programs, then and now", chart=charts.speeds(answer), alt=alt, notes=(paler,), folded=True)


def _block(side: Side, part: Part[Result], show: Callable[[Result], Block]) -> Block:
    """The block that `show` makes of a part, under the name of its era.

    A part that is missing becomes a block that says why, and which command measures it.
    """
    title = f"{side.era.when[0].upper()}{side.era.when[1:]}"
    if part.report is None:
        missing = f"{title}: not measured yet"
        return Block(missing, command=f"python -m lenet {part.command}", instrument=part.instrument, folded=True)
    shown = Block() if part.result is None else show(part.result)
    return replace(
        shown,
        title=f"{title}{shown.title}",
        source=f"Experiment {part.report.experiment.id}, {line(part.report)}",
        instrument=part.instrument,
        experiment=part.report.experiment.id,
        folded=True,
    )


def _distinct(counts: Part[Counted], control: Part[Counted]) -> tuple[Part[Counted], ...]:
    """Both parts; only the first if both are missing, because one command measures both."""
    return (counts,) if counts.report is None and control.report is None else (counts, control)


def _race(pair: Pair) -> Block:
    """A race's figures are in the section's chart."""
    return Block()


def _law(fitted: Law) -> Block:
    return Block(chart=law.overhead(fitted), alt="Time of a batch by its size, with the fitted lines.")


def _climb(climb: Climb) -> Block:
    alt = "The gap between the ladder's two ends split into its changes, in microseconds per batch."
    ends = f": {catalog.title(climb.ladder.start)} to {catalog.title(climb.ladder.end)}"
    return Block(ends, chart=waterfall.waterfall(climb), alt=alt)


def _count(counted: Counted) -> Block:
    return Block(f": {catalog.title(counted.label)}", table=Table(COUNTS, counted.table.round(DECIMALS)))
