"""One experiment, of whatever instrument, as a self-contained HTML file: what it found and what that stands on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from lenet import catalog, instruments
from lenet.analysis import effective, milestones, payoff
from lenet.analysis import report as reports
from lenet.analysis.across.origin import origin
from lenet.analysis.report import Report
from lenet.analysis.why import findings
from lenet.analysis.why.findings import Found
from lenet.bench.live import LiveRun
from lenet.charts import batches, causes, comparison, icicle, law, learning, table, training, waterfall
from lenet.charts import effective as in_force
from lenet.document.render import document
from lenet.document.sections import Block, Section
from lenet.records import Experiment, Run
from lenet.settings import OPTIONS

if TYPE_CHECKING:
    from lenet.store import Store

NOTE_STYLE = ".note, .conclusion p {white-space: pre-line;}"


def experiment_page(store: Store, experiment_id: int) -> str:
    """The whole document. Raises BadInput when there is no such experiment, StoreError."""
    runs = store.runs(experiment_id)
    found = _found(reports.load(store, experiment_id), runs)
    experiment = found.report.experiment
    return document(
        "experiment.html.jinja",
        NOTE_STYLE,
        experiment=experiment,
        annotation=store.annotation(experiment_id),
        subject=instruments.subject(experiment.request),
        origin=origin(experiment),
        sentences=tuple(_sentences(found)),
        sections=tuple(section for section in _sections(store, found, runs) if section.blocks),
    )


def _found(report: Report, runs: Sequence[Run]) -> Found:
    return findings.of(report, runs) if _asks_why(report) else Found(report)


def _asks_why(report: Report) -> bool:
    return instruments.of(report.experiment.request).asks_why


def _sentences(found: Found) -> Iterator[str]:
    experiment = found.report.experiment
    if experiment.status != "finished":
        yield f"{experiment.status.capitalize()}. {experiment.reason}".strip()
    yield from found.sentences if _asks_why(found.report) else (*found.report.verdicts, *found.report.beside)


def _sections(store: Store, found: Found, runs: Sequence[Run]) -> Iterator[Section]:
    if _asks_why(found.report):
        yield Section("What it found", "Each figure with what it stands on.", tuple(_causes(found)))
    else:
        yield from _race(store, found.report, runs)
    failed = tuple(_failure(run) for run in runs if run.status != "finished")
    yield Section("Runs that did not finish", "They are shown, and compared with nothing.", failed)
    yield Section(
        "Circumstances",
        "Settings, exams, machine and versions, as they were read when it was raced.",
        tuple(_circumstances(found.report)),
    )


# A race


def _race(store: Store, report: Report, runs: Sequence[Run]) -> Iterator[Section]:
    yield Section(
        "Who is faster, and how sure is that?",
        "Left of the dotted line a pair would be the other way round; an interval across it decides nothing.",
        tuple(_comparison(report)),
    )
    about = "Every batch stays; bursts are cut off by the axis alone."
    yield Section("Batches", about, tuple(_batches(store, report, runs)))
    yield Section(
        "What was learnt", "Accuracy is measured after each epoch, outside the clock.", tuple(_learning(report))
    )


def _comparison(report: Report) -> Iterator[Block]:
    if report.pairs:
        yield Block(chart=comparison.ratios(report.pairs), alt="Ratio of batch times of each pair, 95 % interval.")
    if report.variants["total_s"].notna().any():
        yield Block(chart=comparison.totals(report.variants), alt="Total training time of each variant.")
        yield Block("Figures", table=table.variants(report.variants))


def _batches(store: Store, report: Report, runs: Sequence[Run]) -> Iterator[Block]:
    if not len(report.batches):
        return
    hidden, edge = batches.beyond(report.batches), batches.clip(report.batches)
    said = f"The axis ends at {edge:,.2f} ms; {hidden:,} of {len(report.batches):,} batches took longer."
    alt = "Share of steady batches by the time they took at most."
    yield Block(sentences=(said,), chart=batches.distribution(report.batches), alt=alt)
    first = min(run.round for run in runs)
    planned = report.experiment.request.settings.batches
    tapes = [LiveRun(run, store.batches(run.id), planned) for run in runs if run.round == first]
    yield Block(chart=batches.timing(tapes), alt="Time of each batch by its number, for every run of the first round.")


def _learning(report: Report) -> Iterator[Block]:
    if len(report.epochs):
        yield Block(chart=learning.accuracy(report.epochs), alt="Test accuracy of each variant after each epoch.")
    reached = milestones.table(report)
    if reached["reached"].any():
        yield Block("Training time to a test accuracy", table=training.milestones(reached))
    if found := payoff.payoffs(report):
        yield Block("When a costlier start pays off", table=training.payoffs(found))


# What asks why


def _causes(found: Found) -> Iterator[Block]:
    if found.climb and found.climb.bars:
        alt = "Microseconds per batch of each change."
        yield Block(found.climb.ladder.title, chart=waterfall.waterfall(found.climb), alt=alt)
        yield Block("Every bar", table=causes.bars(found.climb))
    if found.law and not found.law.points.empty:
        yield Block("Overhead law", chart=law.overhead(found.law), alt="Time of a batch by its size, with the lines.")
        yield Block(table=causes.fits(found.law))
        yield Block("Every point", table=causes.points(found.law))
    for counted in found.counts:
        yield Block(catalog.title(counted.label), (counted.sentence,), table=_filled(causes.counts(counted)))
    for profile in found.profiles:
        drawn = None if profile.nodes.empty else icicle.figure(profile)
        alt = "Functions by their share of the time."
        yield Block(catalog.title(profile.label), (profile.sentence,), drawn, alt, _filled(causes.functions(profile)))


def _filled(frame: pd.DataFrame) -> pd.DataFrame | None:
    return None if frame.empty else frame


# What it stands on


def _failure(run: Run) -> Block:
    status = run.status.replace("_", " ")
    made = f"{run.batch_count:,} batches were made and kept."
    return Block(f"Round {run.round}, {catalog.title(run.label)}: {status}", (run.reason, made), command=run.log)


def _circumstances(report: Report) -> Iterator[Block]:
    experiment = report.experiment
    yield Block("Settings", table=_pairs(_settings(experiment)))
    if report.parities:
        yield Block("Same answer? The exam against the reference", table=table.exams(report.parities))
    yield Block("Machine", table=_pairs(experiment.machine))
    yield Block("What was in force", tuple(effective.warnings(report)), table=_filled(in_force.table(report)))
    for label, told in dict(zip(report.runs["label"], report.runs["facts"], strict=True)).items():
        yield Block(f"All that was read of {catalog.title(label)}", table=_pairs(told))


def _settings(experiment: Experiment) -> Mapping[str, Any]:
    values = experiment.request.settings.as_dict()
    return {OPTIONS[name].label: f"{value} {OPTIONS[name].unit}".strip() for name, value in values.items()}


def _pairs(values: Mapping[str, Any]) -> pd.DataFrame | None:
    """A row per value; lists and tables of values in a line."""
    rows = [(name, _line(value)) for name, value in values.items()]
    return pd.DataFrame(rows, columns=["What", "Value"]) if rows else None


def _line(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_line(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_line, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else str(value)
