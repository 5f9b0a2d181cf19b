"""Print results in a shell: sentences and tables, drawn with rich. Computes nothing.

Whoever asks for JSON is handed the same sentences and tables (`keeping`).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from lenet.views.blocks import Block, Table, View

console = Console(highlight=False)
WIDE = 160
if not console.file.isatty():  # a log file is as wide as it needs to be, with forced colours too
    console.width = WIDE
UNFOLDED = ("Variant", "Ladder", "Stack", "State")
"""Columns of names that a user types, so they are never broken into two lines."""


@contextlib.contextmanager
def on_stderr() -> Iterator[None]:
    """All that is said meanwhile goes to the standard error, as wide as that is."""
    before = console._width
    console.stderr = True
    console._width = os.get_terminal_size(console.file.fileno()).columns if console.file.isatty() else WIDE
    try:
        yield
    finally:
        console.stderr, console._width = False, before


@dataclass
class Shown:
    """What was printed, in order; each table with its title."""

    sentences: list[str] = field(default_factory=list)
    tables: list[tuple[str, Table]] = field(default_factory=list)


_shown: list[Shown] = []
"""The last one, where there is one, takes what is printed now."""


@contextlib.contextmanager
def keeping() -> Iterator[Shown]:
    """Keep what is printed meanwhile."""
    _shown.append(Shown())
    try:
        yield _shown[-1]
    finally:
        _shown.pop()


def show(view: View) -> None:
    """Print a result: how it ended, the answer, then the evidence.

    Charts and circumstances are left out.
    """
    if view.end:
        say(f"\n{view.name}: {view.end}")
    if view.origin:
        say(view.origin)
    for sentence in (*view.answers, *view.cautions):
        shout(sentence)
    for sentence in view.remarks:
        say(sentence)
    for advice in filter(None, (view.why, view.next)):
        _advise(advice)
    if view.line:
        say(view.line)
    for section in view.sections:
        for block in section.blocks:
            _show(block, section.title)


def _advise(advice: Block) -> None:
    """Say the causes, or what to do next, with the commands that do it."""
    say(f"{advice.title}: {' '.join(advice.sentences)}".rstrip())
    for step in advice.steps:
        if step.command:
            say(f"* {step.label}: `{step.command}`")


def _show(block: Block, section: str) -> None:
    _show_figures(block, section)
    for sentence in block.failures:
        say(sentence)
    for sentence in block.warnings:
        say(sentence, "yellow")
    for point in block.points:
        say(f"* {point}")
    if block.table or block.command:
        for note in block.notes:
            say(note)
    if block.command:
        say(f"`{block.command}`")


def _show_figures(block: Block, section: str) -> None:
    """A block's table with what it says of it, or its sentences, and its chart of signs."""
    if block.table:
        for sentence in block.sentences:
            say(sentence)
        show_table(block.table, block.title or section)
    elif said := " ".join(_sentences(block)):
        say(said)
    if block.signs:
        console.print(block.signs, markup=False, no_wrap=True, overflow="ignore", crop=False)


def _sentences(block: Block) -> Iterator[str]:
    """The sentences of a block without a table, its title among them."""
    if block.title and (block.sentences or block.points):
        yield block.title if block.title.endswith(".") else f"{block.title}."
    yield from block.sentences


def say(text: str, style: str = "") -> None:
    """Print a sentence."""
    for shown in _shown[-1:]:
        shown.sentences.append(text.strip())
    console.print(text, markup=False, style=style or None)


def shout(text: str) -> None:
    """Print a sentence that is an answer, in bold."""
    say(text, "bold")


def show_table(table: Table, title: str = "") -> None:
    """Print a table without its detail columns; print nothing if it has no rows."""
    for shown in _shown[-1:]:
        shown.tables.append((title, table))
    if table:
        console.print(_table(table.brief(), title))


def _table(table: Table, title: str) -> RichTable:
    drawn = RichTable(box=box.SIMPLE_HEAD, padding=(0, 1))
    if title:
        drawn.title, drawn.title_justify = escape(title), "left"
    for column in table.shown:
        drawn.add_column(
            escape(column.header),
            justify="right" if column.numeric else "left",
            no_wrap=bool(column.low) or column.header in UNFOLDED,  # an interval stays on one line
            overflow="fold",
        )
    for row in table.cells:
        drawn.add_row(*map(escape, row))
    return drawn
