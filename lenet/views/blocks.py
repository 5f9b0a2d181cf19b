"""The parts of every result: a view has sections, a section has blocks, a block has a table.

The page (`pages/parts/blocks.py`), the shell (`cli/terminal.py`), HTML and Markdown (`document/`)
each show these parts in their own way and add nothing of their own, so that all four say the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go

from lenet.analysis import ratio_words
from lenet.analysis.ratio_words import WIDE
from lenet.analysis.words import MISSING
from lenet.records import Request


@dataclass(frozen=True)
class Column:
    """A column of a table: the key of its values, and how the values are written."""

    name: str
    key: str
    """The name of its values in the table's rows."""
    unit: str = ""
    digits: str = ""
    """How a number is written, as a format specification such as ',.2f'; '' for text."""
    low: str = ""
    high: str = ""
    """Keys of the ends of the 95 % interval; '' without an interval."""
    scale: float = 1.0
    """The factor by which a number is multiplied before it is written."""
    missing: str = MISSING
    """The text in the place of a missing value."""
    optional: bool = False
    """Whether the column is left out when no row has a value."""
    detail: bool = False
    """Whether the shell and Markdown leave the column out, because they have little room."""
    figures: tuple[str, ...] = ()
    """The keys of the numbers that its text is written from, for programs to read."""
    width: int | Literal["", "small", "medium", "large"] = ""
    """The width on a page, a number in pixels; '' for as much as it needs."""

    @property
    def header(self) -> str:
        """The name with its unit."""
        unit = f" ({self.unit})" if self.unit else ""
        return f"{self.name}{unit}{' [95 %]' if self.low else ''}"

    @property
    def numeric(self) -> bool:
        """Whether each cell is a single number, so that a page can sort by it."""
        return bool(self.digits) and not self.low

    def cell(self, row: Mapping[Hashable, Any]) -> str:
        """The text of a row's value: '4.01 [3.95, 4.07]', '512', 'keras_fit', '–'."""
        value = row[self.key]
        if value is None or pd.isna(value):
            return self.missing
        if not self.digits:
            return str(value)
        if not self.low or pd.isna(row[self.low]):
            return self._written(value)
        low, high = row[self.low], row[self.high]
        write = self._briefly if 0 < WIDE * low < high else self._written
        return f"{write(value)} [{write(low)}, {write(high)}]"

    def _briefly(self, value: Any) -> str:
        """Two digits: where the ends of an interval are far apart, more would say nothing."""
        return ratio_words.short(value * self.scale)

    def _written(self, value: Any) -> str:
        text = f"{value * self.scale:{self.digits}}"
        return text.lstrip("-") if not any(digit in text for digit in "123456789") else text


@dataclass(frozen=True)
class Table:
    """Rows, and the columns that show them."""

    columns: tuple[Column, ...]
    rows: pd.DataFrame
    """One row per line of the table; its columns are the keys of `columns`."""

    def __bool__(self) -> bool:
        """Whether the table has a row."""
        return len(self.rows) > 0

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns, except the optional ones that are empty."""
        return tuple(c for c in self.columns if not c.optional or self.rows[c.key].notna().any())

    def brief(self) -> Table:
        """The same table without the detail columns."""
        return Table(tuple(column for column in self.columns if not column.detail), self.rows)

    @property
    def headers(self) -> list[str]:
        """The headers of the shown columns."""
        return [column.header for column in self.shown]

    @property
    def cells(self) -> list[list[str]]:
        """The text of every cell, row by row."""
        rows = self.rows.to_dict("records")
        return [[column.cell(row) for column in self.shown] for row in rows]


def text_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """A table of values that are text already.

    Its columns have the names and the order of the first row's keys.
    """
    frame = pd.DataFrame(list(rows))
    return Table(tuple(Column(str(name), str(name)) for name in frame.columns), frame)


@dataclass(frozen=True)
class Step:
    """Something to do next: on a page a link or a button, in a shell a command."""

    label: str
    page: str = ""
    """The page to open, without folder and ending; '' for an experiment to start."""
    query: Mapping[str, str] = field(default_factory=dict)
    """The rest of the page's address."""
    request: Request | None = None
    """The experiment to start."""
    command: str = ""
    """The same in a shell; '' where a shell has nothing of the kind."""


@dataclass(frozen=True)
class Block:
    """One part of a section: sentences, and the evidence for them."""

    title: str = ""
    sentences: tuple[str, ...] = ()
    chart: go.Figure | None = None
    markup: str = ""
    """A drawing made of HTML, in which all text is escaped; shell and Markdown leave it out."""
    signs: str = ""
    """The drawing made of signs, in a font of one width, for the shell and Markdown."""
    alt: str = ""
    """The chart or the table in words, for readers who cannot see it."""
    table: Table | None = None
    points: tuple[str, ...] = ()
    """A list below the chart and the table."""
    notes: tuple[str, ...] = ()
    """Small print at the end."""
    warnings: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    """Sentences on what did not finish, and why."""
    log: str = ""
    """The end of what a program printed."""
    program: str = ""
    """The text of a program, as it was raced."""
    command: str = ""
    """The command that would measure it; '' where it was measured."""
    source: str = ""
    """The origin of the figures."""
    instrument: str = ""
    experiment: int | None = None
    key: str = ""
    """The name of a block that a page draws in a way of its own; '' for all others."""
    folded: bool = False
    """Whether a page and a document fold it away, as few readers ask for it."""
    steps: tuple[Step, ...] = ()
    """What to do next."""


@dataclass(frozen=True)
class Section:
    """Blocks that answer one question.

    beside: whether they may stand next to each other where there is room.
    """

    title: str
    blocks: tuple[Block, ...]
    about: str = ""
    beside: bool = False

    @property
    def anchor(self) -> str:
        """Its name in a link of the contents: 'where-does-the-time-go'."""
        return "-".join("".join(sign if sign.isalnum() else " " for sign in self.title.lower()).split())


@dataclass(frozen=True)
class View:
    """A whole result, the answer first."""

    name: str
    """'Experiment 12'"""
    title: str
    """The subject."""
    status: str = ""
    """The experiment's status, such as 'finished'; '' for a view of several experiments."""
    reason: str = ""
    """Why the experiment ended so, or how precise it became."""
    origin: str = ""
    """Where it was raced; '' for this data folder."""
    headlines: tuple[str, ...] = ()
    """The sentences to read first."""
    points: tuple[str, ...] = ()
    """Sentences that belong to the headlines, said less loudly."""
    cautions: tuple[str, ...] = ()
    """Sentences on what could not be compared, or should not be trusted, and why."""
    remarks: tuple[str, ...] = ()
    why: Block | None = None
    """What is known of the causes, and how to find out more; None where nobody asked."""
    next: Block | None = None
    """What to do next; None where there is nothing."""
    line: str = ""
    """When, where and how it was measured, in one line."""
    sections: tuple[Section, ...] = ()
    circumstances: tuple[Section, ...] = ()
    """Settings, exams, machine and versions, for readers who check the result.

    The shell and Markdown leave them out.
    """

    @property
    def end(self) -> str:
        """How it ended: 'failed. 3 runs did not finish.'; '' for a view of several experiments."""
        return f"{self.status}. {self.reason}".rstrip() if self.status else ""

    @property
    def failed(self) -> tuple[Section, ...]:
        """The sections that say what did not finish."""
        return tuple(one for one in self.sections if any(block.failures for block in one.blocks))

    @property
    def answers(self) -> tuple[str, ...]:
        """Every sentence of the answer."""
        return (*self.headlines, *self.points)


def filled(*sections: Section) -> tuple[Section, ...]:
    """The sections that have a block."""
    return tuple(section for section in sections if section.blocks)
