"""The answer to issue 7439, section by section; the page and the HTML file show the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from lenet import catalog
from lenet.analysis.issue7439 import original
from lenet.analysis.issue7439.answer import Answer, Part, Side
from lenet.analysis.issue7439.conclusion import factor
from lenet.analysis.ratio_words import rounded
from lenet.analysis.verdict import Pair
from lenet.analysis.why import ladder_words
from lenet.analysis.why.counts import Counted
from lenet.analysis.why.ladder import Climb
from lenet.analysis.why.law import Law
from lenet.charts import answer as charts
from lenet.charts import law, waterfall
from lenet.views.blocks import Block, Column, Section, Table
from lenet.views.experiment import line
from lenet.views.why import COUNT, DECIMALS

Found = TypeVar("Found")
COUNTS = (
    Column("What", "what"),
    Column("Per batch", "per_batch", digits=COUNT),
    Column("In all", "total", digits=COUNT),
    Column("Told by", "told_by"),
)


@dataclass(frozen=True)
class Card:
    """A figure that stands alone: how many times as long Keras takes."""

    title: str
    value: str
    note: str


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
            (_speeds(answer), *(_block(side, side.race, _race) for side in answer)),
            "The two programs take turns on one machine, slice by slice, after proof that they compute the same. The "
            f"paler bars are the issue's own figures ({original.SOURCE}).",
        ),
        Section(
            "Is it overhead or compute?",
            tuple(_block(side, side.law, _law) for side in answer),
            "Both are timed at several batch sizes. Where a batch takes a + b × images, a is the overhead of a batch "
            "and b the compute of an image.",
            beside=True,
        ),
        Section(
            "Where does the time go?",
            tuple(_block(side, side.ladder, _climb) for side in answer),
            "A ladder from one program to the other, one change a rung, all rungs raced together. The bars add up to "
            "the gap; what depends on the order of the changes is a bar of its own.",
        ),
        Section(
            "Is anything re-created on each batch?",
            tuple(_block(side, part, _count) for side in answer for part in _distinct(side.counts, side.control)),
            "Counted over steady batches with the clock off. A program that re-creates on purpose shows that the "
            "counters would see it.",
            beside=True,
        ),
    )


def _speeds(answer: Answer) -> Block:
    said = "Time of a batch of TensorFlow and of Keras: as reported in 2017, and as measured in each race below."
    return Block(chart=charts.speeds(answer), alt=said)


def _block(side: Side, part: Part[Found], show: Callable[[Found], Block]) -> Block:
    """A part as `show` has it under its era's name; in its place, why there is none and what would
    measure it."""
    title = f"{side.era.when[0].upper()}{side.era.when[1:]}"
    if part.report is None:
        missing = f"{title}: not measured yet"
        return Block(missing, command=f"python -m lenet {part.command}", instrument=part.instrument)
    shown = Block(sentences=(part.problem,)) if part.found is None else show(part.found)
    return replace(
        shown,
        title=f"{title}{shown.title}",
        source=f"Experiment {part.report.experiment.id}, {line(part.report)}",
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
    return Block(ends, ladder_words.sentences(found), waterfall.waterfall(found), said)


def _count(found: Counted) -> Block:
    return Block(f": {catalog.title(found.label)}", (found.sentence,), table=Table(COUNTS, found.table.round(DECIMALS)))
