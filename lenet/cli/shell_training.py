"""What the shell prints of a race beside its verdicts: what was in force, time to accuracy, what pays off when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape

from lenet.analysis import effective, milestones, payoff
from lenet.analysis.payoff import Payoff
from lenet.charts import effective as in_force
from lenet.charts import training
from lenet.cli.terminal import add_rows, console, make_table

if TYPE_CHECKING:
    import pandas as pd

    from lenet.analysis.report import Report

FEW = 3
"""Pairs of three variants; of more a table says it."""


def show(report: Report) -> None:
    """The tables and their sentences; nothing of what was not measured."""
    reached = milestones.table(report)
    if reached["reached"].any():
        _print("Training time to a test accuracy", training.milestones(reached))
    _payoffs(payoff.payoffs(report))
    for sentence in effective.warnings(report):
        console.print(f"[yellow]{escape(sentence)}[/yellow]", highlight=False)
    settings = in_force.table(report)
    if len(settings):
        _print("What was in force", settings.set_index("In force").T.reset_index(names="Variant"))


def _payoffs(found: Sequence[Payoff]) -> None:
    """A sentence each; a table where there are many."""
    if len(found) > FEW:
        _print("When a costlier start pays off", training.payoffs(found).round(3))
        return
    for one in found:
        console.print(escape(one.sentence), highlight=False)


def _print(title: str, frame: pd.DataFrame) -> None:
    table = make_table(*(escape(str(name)) for name in frame.columns))
    table.title, table.title_justify = title, "left"
    add_rows(table, frame)
    console.print(table)
