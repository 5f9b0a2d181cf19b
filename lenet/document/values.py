"""What a command shows, as plain values: the same tables with stable keys, for programs to read.

Format "lenet-bench/shown", version 1: `sentences`, and `tables` with `title`, `columns` and `rows`. A column
says its `key` in each row, its `name`, the `unit` that a reader is shown ('' for text and plain numbers), and
for a figure with a 95 % interval the keys of its ends, `low` and `high`. A number has all its digits; where a
column has a `scale`, the number times that is in the unit. A text that is written from numbers names their
keys as `figures`. What is missing is null.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from lenet.analysis.export import plain
from lenet.views.blocks import Column, Table

FORMAT, VERSION = "lenet-bench/shown", 1


def of(sentences: Sequence[str], tables: Sequence[tuple[str, Table]]) -> dict[str, Any]:
    """All that was shown, in order. tables: each with its title."""
    told = [_table(title, table) for title, table in tables]
    return {"format": FORMAT, "version": VERSION, "sentences": list(sentences), "tables": told}


def _table(title: str, table: Table) -> dict[str, Any]:
    rows = [_row(table.columns, row) for row in table.rows.to_dict("records")]
    return {"title": title, "columns": [_column(column) for column in table.columns], "rows": rows}


def _column(column: Column) -> dict[str, Any]:
    ends = {"low": key(column.low), "high": key(column.high)} if column.low else {}
    scale = {"scale": column.scale} if column.scale != 1 else {}
    figures = {"figures": list(column.figures)} if column.figures else {}
    return {"key": key(column.key), "name": column.name, "unit": column.unit, **ends, **scale, **figures}


def _row(columns: Sequence[Column], row: Mapping[Hashable, Any]) -> dict[str, Any]:
    names = [name for column in columns for name in (column.key, column.low, column.high, *column.figures) if name]
    return {key(name): plain(row[name]) for name in names}


def key(name: str) -> str:
    """A name as a key: 'Measured (UTC)' is 'measured_utc'."""
    return re.sub(r"\W+", "_", name.lower()).strip("_")
