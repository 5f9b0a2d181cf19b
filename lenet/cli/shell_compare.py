"""What the shell prints of a comparison: sentences and a table, or Markdown for a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from lenet.analysis.across import compare_words as words
from lenet.charts import compare as tables
from lenet.cli.terminal import add_rows, console, make_table

if TYPE_CHECKING:
    from lenet.analysis.across.compare import Compared


def show(compared: Compared, tolerance: float | None, markdown: bool) -> None:
    """Print it. tolerance: the limit that was asked about, as a share."""
    if markdown:
        click.echo(as_markdown(compared, tolerance))
    else:
        _print(compared, tolerance)


def _print(compared: Compared, tolerance: float | None) -> None:
    for found in compared.comparisons:
        console.print(f"[bold]{escape(words.verdict(found))}[/bold]", highlight=False)
    frame = tables.table(compared)
    table = make_table(*(escape(str(name)) for name in frame.columns))
    add_rows(table, frame)
    console.print(table)
    for sentence in words.remarks(compared):
        console.print(escape(sentence), highlight=False)
    if tolerance is not None:
        console.print(f"\n[bold]{escape(words.judgement(compared, tolerance))}[/bold]", highlight=False)


def as_markdown(compared: Compared, tolerance: float | None) -> str:
    """Verdicts, table and remarks, to paste into a pull request."""
    frame = tables.table(compared)
    lines = [f"**{_plain(words.judgement(compared, tolerance))}**", ""] if tolerance is not None else []
    lines += [f"* **{_plain(words.verdict(found))}**" for found in compared.comparisons]
    lines += ["", _row(map(str, frame.columns)), _row("---" for _ in frame.columns)]
    lines += [_row(map(str, row)) for row in frame.itertuples(index=False)]
    lines += ["", *(f"* {_plain(sentence)}" for sentence in words.remarks(compared)), ""]
    circumstance = compared.comparisons[0].new.circumstance.title
    when = f"{compared.base.created:%Y-%m-%d %H:%M} and {compared.new.created:%Y-%m-%d %H:%M} UTC"
    return "\n".join([*lines, f"{_plain(circumstance)}; raced {when}; intervals are 95 %."])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(_plain(cell).replace('|', '/') for cell in cells)} |"


def _plain(text: str) -> str:
    """As it stands: no markup, no mention of anybody, in one line."""
    flat = re.sub(r"@(?=\w)", "@\u200b", " ".join(text.split()))
    return re.sub(r"([*_`]|(?<=])\()", r"\\\1", flat.replace("<", "&lt;"))
