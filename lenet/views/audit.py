"""Who did what, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from lenet.records import AuditEntry
from lenet.views.blocks import Column, Table

COLUMNS = (
    Column("When (UTC)", "when"),
    Column("Who", "user"),
    Column("Role", "role"),
    Column("Where", "via"),
    Column("What", "action"),
    Column("Experiment", "experiment", digits=".0f"),
    Column("Outcome", "outcome"),
    Column("Detail", "detail", width="large"),
)
FORMAT = "lenet-bench/audit"


def table(entries: Sequence[AuditEntry]) -> Table:
    """A row per entry, in the given order."""
    return Table(COLUMNS, pd.DataFrame([_row(entry) for entry in entries], columns=[one.key for one in COLUMNS]))


def as_json(entries: Sequence[AuditEntry]) -> dict[str, Any]:
    """The entries as plain values, in the given order."""
    return {"format": FORMAT, "entries": [{"id": entry.id, **_plain(entry)} for entry in entries]}


def _row(entry: AuditEntry) -> dict[str, object]:
    when = f"{entry.at:%Y-%m-%d %H:%M:%S}" if entry.at else None
    return {**vars(entry), "when": when, "experiment": entry.experiment_id, "detail": entry.detail or None}


def _plain(entry: AuditEntry) -> dict[str, Any]:
    return {**vars(entry), "at": entry.at.isoformat() if entry.at else None}
