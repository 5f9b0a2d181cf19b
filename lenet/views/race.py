"""The view of a race: who is faster, what training cost, and the evidence."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lenet import catalog
from lenet.analysis import milestones, payoff
from lenet.analysis import report as reports
from lenet.analysis.issue7439 import original
from lenet.analysis.payoff import Payoff
from lenet.analysis.report import Report
from lenet.analysis.verdict import Pair
from lenet.bench.live import LiveRun
from lenet.charts import batches, comparison, learning, training
from lenet.records import Run
from lenet.views import experiment
from lenet.views.blocks import Block, Column, Group, Section, Table, View, filled

if TYPE_CHECKING:
    from lenet.store import Store

LOUD = 3
"""The pairs of three variants. Of more (eight variants have 28) only the widest is a headline."""
MEBIBYTE = 1024**2
COLUMNS = (
    Column("Variant", "title"),
    Column("Median batch", "median_ms", "ms", ".3f", "median_low", "median_high"),
    Column("p95", "p95_ms", "ms", ".2f"),
    Column("p99", "p99_ms", "ms", ".2f"),
    Column("Images/s", "images_per_second", "", ",.0f"),
    Column("First batch", "first_batch_s", "s", ".2f"),
    Column("Total", "total_s", "s", ",.2f", "total_low", "total_high"),
    Column("Steady", "steady_s", "s", ",.2f", detail=True),
    Column("Build", "build_s", "s", ".2f", detail=True),
    Column("Import", "import_s", "s", ".2f", detail=True),
    Column("Peak memory", "peak_memory_bytes", "MiB", ",.0f", scale=1 / MEBIBYTE),
    Column("Device memory", "device_peak_bytes", "MiB", ",.0f", scale=1 / MEBIBYTE, optional=True),
    Column("Energy", "batch_joules", "J/batch", ".3f", optional=True),
    Column("Test accuracy", "test_accuracy", "%", ".2f", scale=100),
    Column("Runs", "statuses"),
)
"""The figures of a race.

Another column needs a line here, its figure in `analysis.standings`, and a field in the schema.
"""
PAYOFFS = (
    Column("Variant", "label"),
    Column("Against", "other"),
    Column("Pays off", "moment"),
    Column("Start takes longer by", "cost_s", "s", ".3f"),
    Column("Batch takes less by", "gain_ms", "ms", ".3f"),
)


def load(store: Store, experiment_id: int) -> View:
    """The result of a stored experiment, with the batches of its first round.

    Raises BadInput for an unknown experiment, StoreError.
    """
    report, runs = reports.load(store, experiment_id), store.runs(experiment_id)
    first, planned = min((run.round for run in runs), default=0), report.experiment.request.settings.batches
    tapes = [LiveRun(run, store.batches(run.id), planned) for run in runs if run.round == first]
    return view(report, runs, tapes)


def view(report: Report, runs: Sequence[Run], tapes: Sequence[LiveRun] = ()) -> View:
    """The whole result. tapes: runs whose batches are drawn one by one."""
    said = answer(report, runs)
    if not len(report.runs):
        return said
    evidence = (_speed(report), _training(report), _batches(report, tapes), experiment.in_force(report))
    return replace(said, sections=(*filled(*evidence), *said.sections))


def answer(report: Report, runs: Sequence[Run]) -> View:
    """The sentences alone, without the evidence."""
    headlines, points, others = _arranged(report)
    notes = [note for note in report.variants["note"] if note]
    return replace(
        experiment.frame(report, runs),
        headlines=headlines,
        points=points,
        others=others,
        cautions=(*report.verdicts[len(report.pairs) :], *notes),
        remarks=report.beside,
    )


def figures(report: Report) -> Table:
    """A row per label, fastest first."""
    table = report.variants
    return Table(COLUMNS, table.assign(peak_memory_bytes=table["peak_memory_bytes"].where(table["batches"] > 0)))


def _arranged(report: Report) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Group, ...]]:
    """The sentences of all pairs as headlines, points, and groups by the faster label.

    Few pairs are all headlines. Of many the slowest against the fastest is the headline; the others
    against the fastest are points, and each further label is a group.
    """
    if len(report.pairs) <= LOUD:
        return tuple(pair.verdict for pair in report.pairs), (), ()
    order = [str(label) for label in report.variants["label"]]
    groups = {label: list(pairs) for label, pairs in groupby(report.pairs, lambda pair: _first(pair, order))}
    against = groups.pop(next(iter(groups)))
    others = (Group(f"Against {catalog.title(label)}", _said(pairs)) for label, pairs in groups.items())
    return (against[-1].verdict,), _said(against[:-1]), tuple(others)


def _first(pair: Pair, order: Sequence[str]) -> str:
    """The label of a pair that is higher in the table."""
    return min(pair.slow, pair.fast, key=order.index)


def _said(pairs: Sequence[Pair]) -> tuple[str, ...]:
    return tuple(pair.verdict for pair in pairs)


# The evidence


def _speed(report: Report) -> Section:
    about = "Left of the dotted line a pair would be the other way round; an interval across it decides nothing."
    return Section("Who is faster, and how sure is that?", tuple(_comparison(report)), about if report.pairs else "")


def _comparison(report: Report) -> Iterator[Block]:
    if report.pairs:
        alt = "Ratio of batch times of each pair with its 95 % interval."
        yield Block(chart=comparison.ratios(report.pairs), alt=alt)
    if report.variants["total_s"].notna().any():
        yield _totals(report)
    alt = "Batch times, throughput, phases, memory and accuracy of each variant."
    yield Block("Figures", table=figures(report), alt=alt)


def _totals(report: Report) -> Block:
    """Total training times; beside the original's where the race is of its size, for else they
    compare nothing."""
    settings = report.experiment.request.settings
    if (settings.batch_size, settings.batches) != (original.BATCH_SIZE, original.BATCHES):
        return Block(chart=comparison.totals(report.variants), alt="Total training time of each variant.")
    note = (
        f"Grey: what the issue reported in 2017 at {original.EPOCHS} epochs ({original.BATCHES:,} batches of "
        f"{original.BATCH_SIZE} images), one run each, on another machine. Source: {original.SOURCE}."
    )
    chart = comparison.totals(report.variants, original.ORIGINALS)
    return Block(chart=chart, alt="Total training time of each variant beside the original's figures.", notes=(note,))


def _batches(report: Report, tapes: Sequence[LiveRun]) -> Section:
    return Section("Batches", tuple(_of_batches(report, tapes)), "Every batch is kept; only the axis cuts off bursts.")


def _of_batches(report: Report, tapes: Sequence[LiveRun]) -> Iterator[Block]:
    if len(report.batches):
        hidden, edge = batches.beyond(report.batches), batches.clip(report.batches)
        note = f"The axis ends at {edge:,.2f} ms; {hidden:,} of {len(report.batches):,} batches took longer."
        alt = "Share of steady batches by the time they took at most."
        yield Block(chart=batches.distribution(report.batches), alt=alt, notes=(note,))
    if tapes or len(report.runs):
        yield timing(tapes)


def timing(tapes: Sequence[LiveRun]) -> Block:
    """The time of every batch of the given runs."""
    alt = "Time of each batch by its number, for every run that is drawn."
    return Block(chart=batches.timing(tapes), alt=alt, key="timing")


# Training as a whole


def _training(report: Report) -> Section:
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
