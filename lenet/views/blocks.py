"""The parts that every result is made of, whoever shows it: a view has sections, a section blocks,
a block a table.

The page (`pages/parts/blocks.py`), the shell (`cli/terminal.py`), HTML and Markdown (`document/`)
each show these parts in their own way and add nothing of their own, so that all four say the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go

MISSING = "–"


@dataclass(frozen=True)
class Column:
    """A column of a table: where its values are, and how they are written."""

    name: str
    key: str
    """Of its values in the table's rows."""
    unit: str = ""
    digits: str = ""
    """How a number is written, as a format specification such as ',.2f'; '' for text."""
    low: str = ""
    high: str = ""
    """Keys of the ends of the 95 % interval; '' where there is none."""
    scale: float = 1.0
    """The factor by which a number is multiplied before it is written."""
    missing: str = MISSING
    """The text in the place of a missing value."""
    optional: bool = False
    """Left out where no row has a value."""
    detail: bool = False
    """Left out where there is little room: in the shell and in Markdown."""

    width: Literal["", "small", "medium", "large"] = ""
    """The room that a page gives it; '' for as much as it needs."""

    @property
    def header(self) -> str:
        """The name with its unit."""
        unit = f" ({self.unit})" if self.unit else ""
        return f"{self.name}{unit}{' [95 %]' if self.low else ''}"

    @property
    def numeric(self) -> bool:
        """Whether each cell is one number, which a page can sort by."""
        return bool(self.digits) and not self.low

    def cell(self, row: Mapping[Hashable, Any]) -> str:
        """The value of a row as it is read: '4.01 [3.95, 4.07]', '512', 'keras_fit', '–'."""
        value = row[self.key]
        if value is None or pd.isna(value):
            return self.missing
        if not self.digits:
            return str(value)
        middle = self._written(value)
        if not self.low or pd.isna(row[self.low]):
            return middle
        return f"{middle} [{self._written(row[self.low])}, {self._written(row[self.high])}]"

    def _written(self, value: Any) -> str:
        text = f"{value * self.scale:{self.digits}}"
        return text.lstrip("-") if not any(digit in text for digit in "123456789") else text


@dataclass(frozen=True)
class Table:
    """Rows with the columns in which they are read."""

    columns: tuple[Column, ...]
    rows: pd.DataFrame
    """A row each, by the columns' keys."""

    def __bool__(self) -> bool:
        """Whether it has a row."""
        return len(self.rows) > 0

    @property
    def shown(self) -> tuple[Column, ...]:
        """Its columns without the optional ones that are empty."""
        return tuple(c for c in self.columns if not c.optional or self.rows[c.key].notna().any())

    def brief(self) -> Table:
        """The same without the columns that are details."""
        return Table(tuple(column for column in self.columns if not column.detail), self.rows)

    @property
    def headers(self) -> list[str]:
        """Of the columns that are shown."""
        return [column.header for column in self.shown]

    @property
    def cells(self) -> list[list[str]]:
        """Row by row, as text."""
        rows = self.rows.to_dict("records")
        return [[column.cell(row) for column in self.shown] for row in rows]


def text_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """A table whose values are text already, its columns named by their keys in the order of the
    first row."""
    frame = pd.DataFrame(list(rows))
    return Table(tuple(Column(str(name), str(name)) for name in frame.columns), frame)


@dataclass(frozen=True)
class Block:
    """One part of a section: what it says, and what that stands on."""

    title: str = ""
    sentences: tuple[str, ...] = ()
    chart: go.Figure | None = None
    alt: str = ""
    """The chart or the table in words, for those who do not see it."""
    table: Table | None = None
    points: tuple[str, ...] = ()
    """A list below it."""
    notes: tuple[str, ...] = ()
    """Small print below all of it."""
    warnings: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    """Sentences on what did not finish, and why."""
    log: str = ""
    """The end of what a program printed."""
    command: str = ""
    """The command that would measure it; '' where it was measured."""
    source: str = ""
    """Where its figures come from."""
    instrument: str = ""
    experiment: int | None = None
    key: str = ""
    """Names it for a page that draws this block in a way of its own."""
    folded: bool = False
    """Asked for by few: a page and a document fold it away."""


@dataclass(frozen=True)
class Section:
    """Blocks that answer one question; `beside`: they may stand beside each other where there is
    room."""

    title: str
    blocks: tuple[Block, ...]
    about: str = ""
    beside: bool = False


@dataclass(frozen=True)
class Group:
    """Sentences that belong together."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """A whole result, the answer first."""

    name: str
    """'Experiment 12'"""
    title: str
    """The subject."""
    status: str = ""
    """Of the experiment: 'finished', 'timed out'; '' for what is of several."""
    reason: str = ""
    """Why it ended so, or how precise it became."""
    origin: str = ""
    """Where it was raced, if not here."""
    headlines: tuple[str, ...] = ()
    """The first to read."""
    points: tuple[str, ...] = ()
    """Sentences that belong to the headlines, said less loudly."""
    others: tuple[Group, ...] = ()
    """More of the same, which a page folds away."""
    cautions: tuple[str, ...] = ()
    """Sentences on what could not be compared, or should not be trusted, and why."""
    remarks: tuple[str, ...] = ()
    line: str = ""
    """When, where and how it was measured, in a line."""
    sections: tuple[Section, ...] = ()
    circumstances: tuple[Section, ...] = ()
    """Settings, exams, machine, versions: for whoever checks it. Left out in the shell and in
    Markdown."""

    @property
    def end(self) -> str:
        """How it ended: 'failed. 3 runs did not finish.'; '' for what is of several."""
        return f"{self.status}. {self.reason}".rstrip() if self.status else ""

    @property
    def failed(self) -> tuple[Section, ...]:
        """Those of its sections that tell of what did not finish."""
        return tuple(one for one in self.sections if any(block.failures for block in one.blocks))

    @property
    def answers(self) -> tuple[str, ...]:
        """Every sentence of the answer."""
        return (*self.headlines, *self.points, *(said for group in self.others for said in group.sentences))


def filled(*sections: Section) -> tuple[Section, ...]:
    """Those of the sections that have something to show."""
    return tuple(section for section in sections if section.blocks)
