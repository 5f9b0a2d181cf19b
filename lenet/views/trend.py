"""The view of a trend: a variant's level through time, its changes, and what changed there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from lenet import catalog
from lenet.analysis.across.history import Mark, Series, Trend
from lenet.catalog import Entry
from lenet.charts import trend as charts
from lenet.records import Figure
from lenet.views import bisection
from lenet.views.blocks import Block, Column, Section, Table, View, filled, text_table

POINTS = (
    Column("Experiment", "experiment_id", digits=".0f"),
    Column("When (UTC)", "when"),
    Column("Batch", "batch_ms", "ms", ".4f", "low", "high"),
    Column("Rounds", "rounds", digits=",.0f"),
    Column("Batches", "batches", digits=",.0f"),
    Column("Change", "change"),
    Column("Stands", "stands"),
    Column("Versions", "versions"),
)


def view(trend: Trend) -> View:
    """The whole series."""
    first, *rest = trend.sentences
    return View(
        name="Trend",
        title=catalog.title(trend.series.variant),
        headlines=(first,),
        remarks=tuple(rest[len(trend.marks) :]),
        line=trend.series.about,
        sections=filled(_level(trend), _changes(trend), _figures(trend)),
    )


def _level(trend: Trend) -> Section:
    return Section("Trend", (Block(chart=charts.chart(trend), alt=" ".join(trend.sentences)),))


def _changes(trend: Trend) -> Section:
    return Section("What changed", tuple(block for mark in trend.marks for block in _mark(mark, trend.series)))


def _mark(mark: Mark, series: Series) -> Iterator[Block]:
    yield Block(mark.sentence, points=mark.changed)
    program = catalog.of_label(str(Entry(series.variant, series.stack)))
    if program is None:
        return
    for package, older, newer in mark.released:
        note = f"What changed here? This finds the first release of {package} between the two that takes another time:"
        yield Block(notes=(note,), command=bisection.command(package, f"{older}..{newer}", program))


def _figures(trend: Trend) -> Section:
    if not trend.figures:
        return Section("Figures", ())
    alt = "The variant's batch time in each experiment."
    return Section("Figures", (Block("Figures", table=points(trend), alt=alt, folded=True),))


def points(trend: Trend) -> Table:
    """A row per experiment, newest first."""
    steps = {mark.experiment_id: mark.step.ratio for mark in trend.marks}
    rows = [_point(one, alone, steps) for one, alone in zip(trend.figures, trend.alone, strict=True)]
    return Table(POINTS, pd.DataFrame(rows[::-1]))


def _point(one: Figure, alone: bool, steps: dict[int, float]) -> dict[str, Any]:
    step = steps.get(one.experiment_id)
    return {
        **{name: getattr(one, name) for name in ("experiment_id", "batch_ms", "low", "high", "rounds", "batches")},
        "when": f"{one.created:%Y-%m-%d %H:%M}",
        "change": None if step is None else f"{100 * (step - 1):+.1f} %",
        "stands": "alone" if alone else "",
        "versions": ", ".join(f"{name} {version}" for name, version in one.versions.items()),
    }


def choices(series: Sequence[Series]) -> Table:
    """A row per series of a variant; each series has its own circumstances."""
    return text_table(
        [{"Circumstance": one.circumstance, "In words": one.about, "Figures": f"{one.count:,}"} for one in series]
    )
