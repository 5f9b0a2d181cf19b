"""What the shell prints about causes: ladders, and what a law, a ladder, counts or a profile found."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson
import pandas as pd
from rich.markup import escape

from lenet import catalog
from lenet.cli.terminal import console, frame_table, make_table

if TYPE_CHECKING:
    from lenet.analysis.why.findings import Findings
    from lenet.store import Store


def show_ladders() -> None:
    """A row per ladder: its name, its ends and its changes in order."""
    table = make_table("Ladder", "Title", "From", "To", "Changes")
    for ladder in catalog.LADDERS.values():
        changes = "; ".join(change.title for change in ladder.changes)
        table.add_row(*map(escape, (ladder.name, ladder.title, ladder.start, ladder.end, changes)))
    console.print(table)


def show(store: Store, experiment_id: int) -> None:
    """The sentences and the tables of what an experiment found. Raises BadInput for a race."""
    from lenet.analysis.across.origin import origin
    from lenet.analysis.why import findings

    found = findings.load(store, experiment_id)
    experiment = found.report.experiment
    ended = f"\nExperiment {experiment.id}: {experiment.status}. {experiment.reason}".rstrip()
    console.print(ended, highlight=False, markup=False)
    if raced := origin(experiment):
        console.print(raced, highlight=False, markup=False)
    for sentence in found.sentences:
        console.print(f"[bold]{escape(sentence)}[/bold]", highlight=False)
    for title, table in _tables(found):
        if not table.empty:
            _print(title, table)


def _tables(found: Findings) -> Iterator[tuple[str, pd.DataFrame]]:
    from lenet.charts import causes

    if found.climb:
        yield found.climb.ladder.title, causes.bars(found.climb)
    if found.law:
        yield "Overhead law", causes.fits(found.law)
        yield "Points", causes.points(found.law)
    for counted in found.counts:
        yield catalog.title(counted.label), causes.counts(counted)
        yield f"{catalog.title(counted.label)}: called most", causes.called(counted)
    for profile in found.profiles:
        yield f"{catalog.title(profile.label)}: where its time goes", causes.functions(profile)


def _print(title: str, frame: pd.DataFrame) -> None:
    table = frame_table(frame, _text)
    table.title, table.title_justify = escape(title), "left"
    console.print(table)


def _text(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return ""
    decimals = 0 if value == int(value) else 1 if abs(value) >= 10 else 2
    return f"{value:,.{decimals}f}"


def as_json(store: Store, experiment_id: int) -> str:
    """What an experiment found as JSON; `analysis.why.findings` describes the format."""
    from lenet.analysis.why import findings

    return orjson.dumps(findings.as_json(findings.load(store, experiment_id)), option=orjson.OPT_INDENT_2).decode()
