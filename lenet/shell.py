"""What the shell prints: tables, the progress of a race, and results. Computes nothing itself."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from lenet import catalog, instruments, stacks
from lenet.records import Experiment, Parity
from lenet.settings import Settings

if TYPE_CHECKING:
    from lenet.analysis.report import Report
    from lenet.bench.service import Service
    from lenet.store import Store

REFRESH_SECONDS = 1.0

console = Console()
if not console.is_terminal:  # a log file is as wide as it needs to be
    console.width = 140


def make_table(*headers: str) -> Table:
    """An empty table; names that a user types stay in one piece."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for header in headers:
        table.add_column(header, no_wrap=header in ("Variant", "Ladder"), overflow="fold")
    return table


def show_variants() -> None:
    """A row per variant: its name, title, stack and whether it can run here."""
    table = make_table("Variant", "Title", "Stack", "Versions", "Can run here")
    for variant in catalog.VARIANTS.values():
        state = stacks.availability(variant)
        versions = " ".join(f"{name} {version}" for name, version in state.versions.items())
        table.add_row(variant.name, variant.title, variant.stack, versions, "yes" if state.available else state.reason)
    console.print(table)


def check(variants: list[catalog.Variant], settings: Settings, folder: Path) -> bool:
    """Let each variant sit its exam and print a row; whether all are equivalent."""
    from lenet.bench import exam, lock

    table = make_table("Variant", "Stack", "Largest difference", "In", "Tolerance", "Result")
    answers = []
    with lock.MachineLock() as machine:
        while not machine.acquire():
            console.print("Another experiment is racing on this machine; waiting until it ends.")
            time.sleep(5)
        for variant in variants:
            state = stacks.availability(variant)
            if state.available:
                with console.status(f"{variant.title}: 20 batches against the reference"):
                    answer = exam.sit(variant, settings, folder / f"{variant.name}@{variant.stack}")
            else:
                answer = Parity("", variant.name, False, math.nan, "", variant.tolerance, state.reason, "unavailable")
            answers.append(answer)
            table.add_row(variant.name, variant.stack, *_parity_row(answer))
    console.print(table)
    return all(answer.equivalent for answer in answers)


def _parity_row(answer: Parity) -> tuple[str, ...]:
    if answer.status != "finished":
        return "", "", "", f"{answer.status}: {answer.reason}"
    result = "equivalent" if answer.equivalent else "NOT equivalent"
    return f"{answer.difference:.1e}", answer.layer, f"{answer.tolerance:.0e}", result


def watch(service: Service, experiment_id: int) -> Experiment:
    """Show the progress of an experiment until it has ended; the experiment as it is then."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        screen = _Screen(progress)
        while (experiment := service.wait(experiment_id, REFRESH_SECONDS)).status in ("queued", "running"):
            screen.draw(service, experiment)
        screen.end(experiment)
    return experiment


class _Screen:
    """One line for the experiment and one per run of the current round."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.head = progress.add_task("Experiment", total=1, note="")
        self.lines: dict[str, TaskID] = {}
        self.said = ""

    def draw(self, service: Service, experiment: Experiment) -> None:
        """Bring every line up to date."""
        from lenet.analysis import live as board
        from lenet.bench import live

        runs = live.snapshot(service.store, service.home, experiment.id)
        number = max((run.run.round for run in runs), default=0)
        rounds = experiment.request.settings.rounds
        self._say(self._stage(service, experiment))
        self.progress.update(
            self.head,
            description=f"Experiment {experiment.id}, round {number} of {rounds}",
            completed=max(number - 1, 0),
            total=rounds,
            note=self.said,
        )
        for row in board.board(runs, experiment.request.settings).to_dict("records"):
            # Where the clock is off every batch says 0.
            note = f"{row['median_ms']:.2f} ms/batch" if row["median_ms"] > 0 and row["batches"] > 1 else ""
            self.progress.update(self._line(row["label"], row["planned"]), completed=row["batches"], note=note)

    def end(self, experiment: Experiment) -> None:
        """Every round that was asked for has been raced."""
        if experiment.status == "finished":
            self.progress.update(self.head, completed=experiment.request.settings.rounds)

    def _line(self, label: str, total: int) -> TaskID:
        if label not in self.lines:
            self.lines[label] = self.progress.add_task(f"  {catalog.title(label)}", total=total, note="")
        return self.lines[label]

    def _stage(self, service: Service, experiment: Experiment) -> str:
        from lenet.bench import live

        if experiment.status == "queued":
            ahead = service.place(experiment.id)
            return f"queued, {ahead} ahead of it" if ahead else "waiting for another process to finish its race"
        return live.stage(service.home, experiment.id)

    def _say(self, text: str) -> None:
        # Where nothing can be redrawn (a log file, CI) each new stage is a line of its own.
        if text and text != self.said and not console.is_terminal:
            console.print(text)
        self.said = text


def show_experiments(store: Store, limit: int) -> None:
    """A row per experiment, newest first."""
    table = make_table("ID", "When (UTC)", "Status", "Of", "Batch", "Epochs", "Rounds", "Reason")
    for experiment in store.experiments(limit=limit):
        settings = experiment.request.settings
        table.add_row(
            str(experiment.id),
            f"{experiment.created:%Y-%m-%d %H:%M}",
            experiment.status,
            _subject(experiment),
            str(settings.batch_size),
            str(settings.epochs),
            str(settings.rounds),
            experiment.reason,
        )
    if table.row_count:
        console.print(table)
    else:
        console.print("There is no experiment yet; `python -m lenet run --preset quick` makes the first.")


def _subject(experiment: Experiment) -> str:
    """A race as it is asked for in a shell, by names; another instrument by its title."""
    request = experiment.request
    return ", ".join(request.variants) if request.instrument == "race" else instruments.subject(request)


def show(store: Store, experiment_id: int) -> None:
    """The verdicts, the table and the failures of one experiment."""
    from lenet.analysis import report as reports

    report = reports.load(store, experiment_id)
    experiment = report.experiment
    console.print(f"\nExperiment {experiment.id}: {experiment.status}. {experiment.reason}".rstrip(), highlight=False)
    for sentence in report.verdicts:
        console.print(f"[bold]{sentence}[/bold]", highlight=False)
    for sentence in report.beside:
        console.print(sentence, highlight=False, markup=False)
    console.print(_variants_table(report))
    _print_failures(report)


def _variants_table(report: Report) -> Table:
    headers = (
        "Variant",
        "Median ms/batch [95 %]",
        "p95 ms",
        "p99 ms",
        "Images/s",
        "First batch s",
        "Total s",
        "Accuracy",
        "Runs",
    )
    table = make_table(*headers)
    for row in report.variants.to_dict("records"):
        table.add_row(
            row["title"],
            f"{row['median_ms']:.3f} [{row['median_low']:.3f}, {row['median_high']:.3f}]",
            f"{row['p95_ms']:.2f}",
            f"{row['p99_ms']:.2f}",
            f"{row['images_per_second']:,.0f}",
            f"{row['first_batch_s']:.2f}",
            f"{row['total_s']:.2f}",
            f"{row['test_accuracy']:.4f}",
            row["statuses"],
        )
    return table


def _print_failures(report: Report) -> None:
    failed = report.runs[~report.runs["status"].isin(("finished", "running"))]
    for row in failed.to_dict("records"):
        title = catalog.title(row["label"])
        line = f"Round {row['round']}, {title}: {row['status']}. {row['reason']}"
        console.print(line, highlight=False, markup=False)


def as_markdown(store: Store, experiment_id: int) -> str:
    """The experiment as Markdown."""
    from lenet.analysis import markdown
    from lenet.analysis import report as reports

    return markdown.as_markdown(reports.load(store, experiment_id))


def as_json(store: Store, experiment_id: int) -> str:
    """The experiment in the format of lenet/schema/experiment-1.json."""
    from lenet.analysis import export
    from lenet.analysis import report as reports

    return orjson.dumps(export.as_json(reports.load(store, experiment_id)), option=orjson.OPT_INDENT_2).decode()
