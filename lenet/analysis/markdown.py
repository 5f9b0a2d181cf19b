"""A report as Markdown, to paste into an issue, a pull request or a README."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from lenet.analysis import summary
from lenet.analysis.report import Report
from lenet.analysis.words import counted


def as_markdown(report: Report) -> str:
    """The verdicts, the circumstances and the table of variants."""
    experiment, machine = report.experiment, report.experiment.machine
    settings = experiment.request.settings
    lines = [f"* **{sentence}**" for sentence in report.verdicts]
    lines += [f"* {sentence}" for sentence in report.beside]
    lines += [
        "",
        f"{experiment.created:%Y-%m-%d}, {machine.get('cpu', '?')}, "
        f"{counted(settings.threads, 'thread')} on {settings.device}, "
        f"batch {settings.batch_size}, {counted(settings.epochs, 'epoch')} of "
        f"{settings.images_per_epoch:,} images, "
        f"{counted(summary.rounds(report.runs), 'round')}; times with 95 % intervals.",
        "",
        "| variant | median batch (ms) | p95 | p99 | images/s | first batch (s) | total training (s) | test accuracy |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join(lines + [_markdown_row(row) for row in report.variants.to_dict("records")])


def _markdown_row(row: dict[Hashable, Any]) -> str:
    cells = (
        row["title"],
        f"{row['median_ms']:.2f} [{row['median_low']:.2f}, {row['median_high']:.2f}]",
        f"{row['p95_ms']:.1f}",
        f"{row['p99_ms']:.1f}",
        f"{row['images_per_second']:,.0f}",
        f"{row['first_batch_s']:.2f}",
        f"{row['total_s']:.1f} [{row['total_low']:.1f}, {row['total_high']:.1f}]",
        f"{100 * row['test_accuracy']:.2f} %",
    )
    return f"| {' | '.join(cells)} |"
