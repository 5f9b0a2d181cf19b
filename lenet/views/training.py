"""Training as a whole: accuracy, the time to reach one, and when a costlier start pays off."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lenet import catalog
from lenet.analysis import milestones, payoff
from lenet.analysis.payoff import Payoff
from lenet.analysis.report import Report
from lenet.charts import learning, training
from lenet.views.blocks import Block, Column, Section, Table

LOUD = 3
"""So many pairs have a sentence each; more are a table."""
PAYOFFS = (
    Column("Variant", "label"),
    Column("Against", "other"),
    Column("Pays off", "moment"),
    Column("Start takes longer by", "cost_s", "s", ".3f"),
    Column("Batch takes less by", "gain_ms", "ms", ".3f"),
)


def section(report: Report) -> Section:
    """All of it; without a block where nothing was evaluated."""
    return Section("Training", tuple(_of_training(report)))


def _of_training(report: Report) -> Iterator[Block]:
    if len(report.epochs):
        alt = "Test accuracy of each variant after each epoch."
        note = "Accuracy is measured after each epoch, outside the clock."
        yield Block(chart=learning.accuracy(report.epochs), alt=alt, notes=(note,))
    reached = milestones.table(report)
    if reached["reached"].any():
        yield _accuracy(report, reached)
    if pairs := payoff.payoffs(report):
        yield _payoffs(report, pairs)


def _accuracy(report: Report, reached: pd.DataFrame) -> Block:
    note = (
        "All batches until the end of the first epoch after which the accuracy was reached, the first batch too; "
        "without evaluation, import and build. All runs begin with the same weights: with another seed "
        f"({report.experiment.request.settings.seed} here) an accuracy may come an epoch sooner or later."
    )
    chart = training.time_to_accuracy(reached) if reached["seconds"].notna().any() else None
    alt = "Training seconds of each variant until it first knew 97, 98 and 99 % of the test images."
    return Block("Time to accuracy", table=times_to_accuracy(reached), chart=chart, alt=alt, notes=(note,))


def times_to_accuracy(reached: pd.DataFrame) -> Table:
    """A row per label, a column per target. reached: the table of `analysis.milestones`."""
    rows: dict[str, dict[str, str]] = {}
    for row in reached.to_dict("records"):
        rows.setdefault(row["label"], {"title": row["title"]})[training.percent(row["target"])] = _reached(row)
    targets = dict.fromkeys(training.percent(target) for target in reached["target"])
    columns = (Column("Variant", "title"), *(Column(f"{target} (s) [95 %]", target) for target in targets))
    return Table(columns, pd.DataFrame(list(rows.values()), columns=["title", *targets]))


def _reached(row: Mapping[Hashable, Any]) -> str:
    """'18.1 [17.5, 18.7], epoch 2', or that the target was not reached."""
    if not row["reached"]:
        return "not reached"
    if row["reached"] < row["runs"]:
        return f"reached by {row['reached']} of {row['runs']} runs"
    first, last = row["first_epoch"], row["last_epoch"]
    epoch = f"epoch {first}" if first == last else f"epochs {first} to {last}"
    interval = "" if np.isnan(row["low"]) else f" [{row['low']:.1f}, {row['high']:.1f}]"
    return f"{row['seconds']:.1f}{interval}, {epoch}"


def _payoffs(report: Report, pairs: Sequence[Payoff]) -> Block:
    few = len(pairs) <= LOUD
    drawn = few and any(one.answer == payoff.AFTER for one in pairs)
    note = (
        f"An epoch is {report.experiment.request.settings.images_per_epoch:,} images. The interval stands on the "
        "rounds; a build is timed alone in the first round only, so its own scatter is not in it. Importing a "
        "framework is left out."
    )
    return Block(
        "When a costlier start pays off",
        tuple(one.sentence for one in pairs) if few else (),
        chart=training.behind(pairs) if drawn else None,
        alt="For each pair who starts dearer, and after how many epochs that has paid off.",
        table=payoffs(pairs),
        notes=(note,),
    )


def payoffs(pairs: Sequence[Payoff]) -> Table:
    """A row per pair: which label has the costlier start, and when that has paid off."""
    rows = [
        {
            "label": catalog.title(one.label),
            "other": catalog.title(one.other),
            **{name: getattr(one, name) for name in ("moment", "cost_s", "gain_ms")},
        }
        for one in pairs
    ]
    return Table(PAYOFFS, pd.DataFrame(rows))
