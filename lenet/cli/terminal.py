"""What the shell prints: tables and results. Computes nothing itself."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lenet import catalog, instruments, stacks
from lenet.records import Experiment, Parity
from lenet.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from lenet.analysis.report import Report
    from lenet.store import Store

console = Console()
if not console.is_terminal:  # a log file is as wide as it needs to be
    console.width = 140


def make_table(*headers: str) -> Table:
    """An empty table; names that a user types stay in one piece."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for header in headers:
        table.add_column(header, no_wrap=header in ("Variant", "Ladder"), overflow="fold")
    return table


def frame_table(frame: pd.DataFrame, text: Callable[[Any], str]) -> Table:
    """A DataFrame as a table: its columns as headers, numbers to the right, each value as `text` writes it."""
    table = make_table()
    for name, column in frame.items():
        table.add_column(str(name), justify="right" if column.dtype.kind in "fi" else "left", overflow="fold")
    add_rows(table, frame, text)
    return table


def add_rows(table: Table, frame: pd.DataFrame, text: Callable[[Any], str] = str) -> None:
    """The rows of a DataFrame at a table's end; what stands in a cell is text, not markup."""
    for row in frame.itertuples(index=False):
        table.add_row(*(escape(text(value)) for value in row))


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
                    answer = exam.sit(variant, settings, folder / str(catalog.Entry(variant.name, variant.stack)))
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


def show_experiments(store: Store, limit: int) -> None:
    """A row per experiment, newest first."""
    table = make_table("ID", "When (UTC)", "Status", "Of", "Batch", "Epochs", "Rounds", "Reason")
    for experiment in store.experiments(limit=limit):
        settings = experiment.request.settings
        table.add_row(
            str(experiment.id),
            f"{experiment.created:%Y-%m-%d %H:%M}",
            experiment.status,
            escape(_subject(experiment)),
            str(settings.batch_size),
            str(settings.epochs),
            str(settings.rounds),
            escape(experiment.reason),
        )
    if table.row_count:
        console.print(table)
    else:
        console.print("There is no experiment yet; `python -m lenet run --preset quick` makes the first.")


def _subject(experiment: Experiment) -> str:
    """A race as it is asked for in a shell, by names; another instrument by its title."""
    request = experiment.request
    return ", ".join(request.variants) if instruments.of(request) is instruments.RACE else instruments.subject(request)


def show(store: Store, experiment_id: int) -> None:
    """The verdicts, the table and the failures of one experiment."""
    from lenet.analysis import report as reports
    from lenet.analysis.across.origin import origin
    from lenet.cli import shell_training

    report = reports.load(store, experiment_id)
    experiment = report.experiment
    ended = f"\nExperiment {experiment.id}: {experiment.status}. {experiment.reason}".rstrip()
    console.print(ended, highlight=False, markup=False)
    if raced := origin(experiment):
        console.print(raced, highlight=False, markup=False)
    for sentence in report.verdicts:
        console.print(f"[bold]{escape(sentence)}[/bold]", highlight=False)
    for sentence in report.beside:
        console.print(sentence, highlight=False, markup=False)
    console.print(_variants_table(report))
    shell_training.show(report)
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
        "Peak MiB",
        "Accuracy",
        "Runs",
    )
    table = make_table(*headers)
    for row in report.variants.to_dict("records"):
        table.add_row(
            row["title"],
            f"{_figure(row['median_ms'], '.3f')} [{_figure(row['median_low'], '.3f')}, "
            f"{_figure(row['median_high'], '.3f')}]",
            _figure(row["p95_ms"], ".2f"),
            _figure(row["p99_ms"], ".2f"),
            _figure(row["images_per_second"], ",.0f"),
            _figure(row["first_batch_s"], ".2f"),
            _figure(row["total_s"], ".2f"),
            _figure(row["peak_memory_bytes"] / 2**20, ",.0f"),
            _figure(row["test_accuracy"], ".4f"),
            row["statuses"],
        )
    return table


def _figure(value: float, digits: str) -> str:
    """A figure, or a dash where there is none: copies raced for the noise floor are not evaluated."""
    return "–" if math.isnan(value) else f"{value:{digits}}"


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
