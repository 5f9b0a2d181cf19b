"""The view of a race of one variant with several releases of a package: the row of its releases."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from lenet.analysis import decision, ranking, ratio_words, releases
from lenet.analysis.releases import Row
from lenet.analysis.report import Report
from lenet.analysis.words import milliseconds
from lenet.charts import releases as charts
from lenet.views.blocks import Block, Column, Section, Table

FEW = 3
"""A step of a bisection has so many releases at most; more are a row that says itself what changed."""
ROW = (
    Column("Release", "name"),
    Column("Batch (ms)", "batch"),
    Column("Times as long as the first [95 %]", "first"),
    Column("Times as long as the one before [95 %]", "before"),
    Column("Surely", "step", optional=True),
)


def headlines(report: Report) -> tuple[str, ...]:
    """What a race of more releases than a step of a bisection has says of their row."""
    row = releases.of(report)
    return tuple(releases.sentences(row)) if row and len(row.raced) > FEW else ()


def section(report: Report) -> Section:
    """The row of releases of a race; without blocks for any other race."""
    row = releases.of(report)
    if row is None or len(row.raced) < 2:
        return Section("Releases", ())
    said = tuple(releases.sentences(row))
    notes = ("The dotted lines are steps that hold among all neighbours (Holm's correction).",) if row.steps else ()
    return Section(
        f"Time per release of {row.package}",
        (Block(chart=charts.chart(row), table=table(row), alt=" ".join(said), notes=notes, points=said),),
    )


def table(row: Row) -> Table:
    """A row per release, the oldest first."""
    return Table(ROW, pd.DataFrame(list(_rows(row))))


def _rows(row: Row) -> Iterator[dict[str, object]]:
    steps = {one.name: pair for one, pair in row.steps}
    times = dict(zip(row.report.variants["label"], row.report.variants["batch_ms"], strict=True))
    for at, one in enumerate(row.raced):
        step = steps.get(one.name)
        yield {
            "name": one.name,
            "batch": milliseconds(times[one.label]),
            "first": _against(row, at, 0) if at else "1",
            "before": _against(row, at, at - 1) if at else None,
            "step": releases.word(step.ratio) if step else None,
        }


def _against(row: Row, at: int, other: int) -> str | None:
    later, earlier = row.raced[at].label, row.raced[other].label
    pair = ranking.pair_of(row.report, later, earlier)
    if pair is None:
        return None
    seen = pair if pair.slow == later else decision.turned(pair)
    return ratio_words.text(seen.ratio, seen.low, seen.high)
