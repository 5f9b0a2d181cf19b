"""The view of a race: who is faster, what training cost, and the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lenet import catalog
from lenet.analysis import ranking, twin_words
from lenet.analysis import report as reports
from lenet.analysis.issue7439 import original
from lenet.analysis.ranking import Subject
from lenet.analysis.report import Report
from lenet.analysis.verdict import Pair
from lenet.analysis.why import causes as known_causes
from lenet.analysis.why import findings
from lenet.analysis.words import apart, counted, milliseconds
from lenet.bench.live import LiveRun
from lenet.catalog import Entry
from lenet.charts import batches, comparison
from lenet.records import Run
from lenet.views import causes, experiment, group, next_steps, training, written_as
from lenet.views import ranking as ranks
from lenet.views.blocks import Block, Column, Section, Table, View, filled

if TYPE_CHECKING:
    from lenet.store import Store

LOUD = 3
"""The pairs of three variants: so many have a sentence each. More are a ranking and a matrix."""
ISSUE = "Issue 7439"
MEBIBYTE = 1024**2
SPEED = (
    Column("Variant", "title"),
    Column(written_as.TITLE, "written_as", optional=True),
    Column("Median batch", "median_ms", "ms", ",.3f", "median_low", "median_high"),
    Column("p95", "p95_ms", "ms", ",.2f"),
    Column("p99", "p99_ms", "ms", ",.2f"),
    Column("First after a pause", "resume_share", "% longer", ",.0f", scale=100, detail=True, optional=True),
    Column("CPU per batch", "cpu_ms", "ms", ",.3f", optional=True),
    Column("Cores used", "cores_used", "", ".2f", optional=True),
    Column("Images/s", "images_per_second", "", ",.0f"),
    Column("Test accuracy", "test_accuracy", "%", ".2f", scale=100, optional=True),
    Column("Runs", "statuses"),
)
COSTS = (
    Column("Variant", "title"),
    Column("First batch", "first_batch_s", "s", ".2f"),
    Column("Total", "total_s", "s", ",.2f", "total_low", "total_high"),
    Column("Steady", "steady_s", "s", ",.2f", detail=True, optional=True),
    Column("Build", "build_s", "s", ".2f", detail=True, optional=True),
    Column("Import", "import_s", "s", ".2f", detail=True, optional=True),
    Column("Peak memory", "peak_memory_bytes", "MiB", ",.0f", scale=1 / MEBIBYTE),
    Column("Device memory", "device_peak_bytes", "MiB", ",.0f", scale=1 / MEBIBYTE, optional=True),
    Column("Energy", "batch_joules", "J/batch", ".3f", optional=True),
    Column("Runs", "statuses"),
)
"""The figures of a race, in two tables.

Another column needs a line here, its figure in `analysis.standings`, and a field in the schema.
"""

CPU_TIME = (
    "CPU per batch is what all threads of a process took together, waiting in a loop included, over whole turns and "
    "without its child processes; it enters no verdict."
)
NOT_COMPARED = "Here it does not compare programs: they hand work over and go on, or a GPU does it."


def load(store: Store, experiment_id: int) -> View:
    """The result of a stored experiment, with its causes, what to do next, and the batches of its
    first round.

    Raises BadInput for an unknown experiment, StoreError.
    """
    report, runs = reports.load(store, experiment_id), store.runs(experiment_id)
    first, planned = min((run.round for run in runs), default=0), report.experiment.request.settings.batches
    tapes = [LiveRun(run, store.batches(run.id), planned) for run in runs if run.round == first]
    about = ranking.subject(report)
    return advised(view(report, runs, tapes, about), report, about, store, lambda one: findings.load(store, one.id))


def view(report: Report, runs: Sequence[Run], tapes: Sequence[LiveRun] = (), about: Subject | None = None) -> View:
    """The whole result. tapes: runs whose batches are drawn one by one; about: the pair of the
    headline, and the ranking's baseline."""
    about = about or ranking.subject(report)
    said = answer(report, runs, about)
    if not len(report.runs):
        return said
    evidence = (
        *([ranks.section(report, about.baseline)] if about else []),
        _speed(report, tapes),
        training.section(report),
        _costs(report),
        experiment.in_force(report),
        _issue(report),
    )
    return replace(said, sections=(*filled(*evidence), *said.sections))


def answer(report: Report, runs: Sequence[Run], about: Subject | None = None) -> View:
    """The sentences alone, without the evidence. about: the pair of the headline."""
    about = about or ranking.subject(report)
    notes = [note for note in report.variants["note"] if note]
    return replace(
        experiment.frame(report, runs),
        headlines=(about.pair.verdict,) if about else (),
        points=(*(_points(report, about) if about else ()), *_itself(report, doubted=False)),
        cautions=(*_itself(report, doubted=True), *report.verdicts[len(report.pairs) :], *notes),
        remarks=report.beside,
    )


def _itself(report: Report, *, doubted: bool) -> tuple[str, ...]:
    """What a race says of its twin, if it is, or is not, that the race is in doubt."""
    return (report.twin.verdict,) if report.twin and twin_words.apart(report.twin) == doubted else ()


def advised(shown: View, report: Report, about: Subject | None, store: Store, read: known_causes.Read) -> View:
    """The view with the causes of its pair, what to do next, and what other machines of its group say.

    read: the findings of an experiment. Raises StoreError.
    """
    why = None
    if about and _two_programs(about.pair):
        host = str(report.experiment.machine.get("host", ""))
        why = causes.why(known_causes.of(store, about.pair.slow, about.pair.fast, host, read), store)
    return group.beside(replace(shown, why=why, next=next_steps.then(report, store)), report.experiment, store)


def _two_programs(pair: Pair) -> bool:
    """Whether a pair is of two programs that this version has, and not of copies of one."""
    entries = [Entry.parse(label).without_settings for label in (pair.slow, pair.fast)]
    return entries[0] != entries[1] and all(catalog.of_label(str(entry)) for entry in entries)


def _points(report: Report, about: Subject) -> Iterator[str]:
    """Of few pairs the other sentences; of many how the labels stand; then times and the exam."""
    others = [other for other in report.pairs if other is not about.pair]
    if len(report.pairs) <= LOUD:
        yield from (other.verdict for other in others)
    if others:
        against = ranking.tally(ranking.places(report, about.baseline))
        yield f"Against {catalog.title(about.baseline)}: {against}."
    yield _times(report, about.pair)
    if report.parities and all(parity.equivalent for parity in report.parities.values()):
        yield "Proved first: all compute the same."


def _times(report: Report, pair: Pair) -> str:
    """'A batch of 32 images: Keras fit 7.6 ms, TensorFlow graph 6.2 ms, so 1.4 ms more.'"""
    placed = {place.label: place for place in ranking.places(report, pair.fast)}
    size = catalog.settings_of(pair.slow, report.experiment.request.settings).batch_size
    said = [f"{catalog.title(label)} {milliseconds(placed[label].batch_ms)} ms" for label in (pair.slow, pair.fast)]
    slow = placed[pair.slow]
    more = f", so {apart(slow.batch_ms, slow.base_ms)} ms more" if slow.outcome == ranking.SLOWER else ""
    return f"A batch of {counted(size, 'image')}: {', '.join(said)}{more}."


# The evidence


def _speed(report: Report, tapes: Sequence[LiveRun]) -> Section:
    return Section("Speed", tuple(_of_batches(report, tapes)), "Every batch is kept; only the axis cuts off bursts.")


def _of_batches(report: Report, tapes: Sequence[LiveRun]) -> Iterator[Block]:
    alt = "Batch times, CPU time, throughput and accuracy of each variant."
    yield Block("Figures", table=speeds(report), alt=alt, notes=_on_cpu_time(report))
    if len(report.batches):
        hidden, edge = batches.beyond(report.batches), batches.clip(report.batches)
        note = f"The axis ends at {edge:,.2f} ms; {hidden:,} of {len(report.batches):,} batches took longer."
        alt = "Share of steady batches by the time they took at most."
        yield Block(chart=batches.distribution(report.batches), alt=alt, notes=(note,))
    yield timing(tapes)


def _on_cpu_time(report: Report) -> tuple[str, ...]:
    """What the CPU time of a batch tells and what not; nothing where it was not measured."""
    settings = report.experiment.request.settings
    if report.variants["cpu_ms"].isna().all():
        return ()
    if settings.device == "gpu" or settings.sync == "epoch":
        return (CPU_TIME, NOT_COMPARED)
    return (CPU_TIME,)


def timing(tapes: Sequence[LiveRun]) -> Block:
    """The time of every batch of the given runs."""
    alt = "Time of each batch by its number, for every run that is drawn."
    return Block(chart=batches.timing(tapes), alt=alt, key="timing")


# What training costs


def _costs(report: Report) -> Section:
    return Section("Costs", tuple(_of_costs(report)))


def _of_costs(report: Report) -> Iterator[Block]:
    if report.variants["total_s"].notna().any():
        yield Block(chart=comparison.totals(report.variants), alt="Total training time of each variant.")
    yield Block("What it costs", table=costs(report), alt="Phases, memory and energy of each variant.")


def _issue(report: Report) -> Section:
    """Total times beside the original's, for a race of the issue's size: others compare nothing."""
    settings = report.experiment.request.settings
    if (settings.batch_size, settings.batches) != (original.BATCH_SIZE, original.BATCHES):
        return Section(ISSUE, ())
    if not report.variants["total_s"].notna().any():
        return Section(ISSUE, ())
    note = (
        f"Grey: what the issue reported in 2017 at {original.EPOCHS} epochs ({original.BATCHES:,} batches of "
        f"{original.BATCH_SIZE} images), one run each, on another machine. Source: {original.SOURCE}."
    )
    chart = comparison.totals(report.variants, original.ORIGINALS)
    alt = "Total training time of each variant beside the original's figures."
    return Section(ISSUE, (Block(chart=chart, alt=alt, notes=(note,)),))


def speeds(report: Report) -> Table:
    """A row per label, fastest first: the time of a batch."""
    return Table(SPEED, report.variants)


def costs(report: Report) -> Table:
    """A row per label, fastest first: what a run of it costs."""
    table = report.variants
    return Table(COSTS, table.assign(peak_memory_bytes=table["peak_memory_bytes"].where(table["batches"] > 0)))
