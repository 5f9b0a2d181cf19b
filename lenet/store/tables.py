"""The tables as they are today; the migrations that lead here are in `migrations/versions/`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from lenet.records import EXPERIMENT_STATUSES, RUN_STATUSES

REVISION = "0006"
"""The newest migration. It is a constant here, so that Alembic is loaded only to migrate."""


class Utc(sa.TypeDecorator[datetime]):
    """A time in UTC, always with its zone: SQLite keeps none, so it is added on reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Measure(sa.TypeDecorator[float]):
    """A float that may be NaN (a diverged loss), stored as NULL because SQLite has no NaN."""

    impl = sa.Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: sa.Dialect) -> float | None:
        return None if value is None or math.isnan(value) else float(value)

    def process_result_value(self, value: float | None, dialect: sa.Dialect) -> float:
        return math.nan if value is None else value


class Words(sa.TypeDecorator[str]):
    """Text from anywhere; characters that UTF-8 or PostgreSQL cannot hold are replaced."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else held(value)


def held(text: str) -> str:
    """The text with characters replaced that UTF-8 or PostgreSQL cannot hold."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def to_json(value: Any) -> str:
    """Standard JSON; a number that is not finite becomes null, because PostgreSQL refuses NaN."""
    return json.dumps(_finite(value), allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _status(statuses: Iterable[str]) -> tuple[sa.Column[str], sa.CheckConstraint]:
    allowed = ", ".join(f"'{status}'" for status in statuses)
    return sa.Column("status", sa.String(20), nullable=False), sa.CheckConstraint(f"status IN ({allowed})", "status")


metadata = sa.MetaData(
    naming_convention={  # so that a later migration can name what it changes
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

experiments = sa.Table(
    "experiment",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("variants", sa.JSON, nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("preset", Words, nullable=False),
    sa.Column("submitter", Words, nullable=False),
    sa.Column("instrument", Words, nullable=False, server_default="race"),
    sa.Column("plan", sa.JSON, nullable=False, server_default="{}"),
    *_status(EXPERIMENT_STATUSES),
    sa.Column("created", Utc, nullable=False),
    sa.Column("started", Utc),
    sa.Column("ended", Utc),
    sa.Column("reason", Words, nullable=False, default=""),
    sa.Column("owner", Words, nullable=False),
    sa.Column("machine", sa.JSON, nullable=False, default={}),
    sa.Column("parity_keys", sa.JSON, nullable=False, default={}),
    sa.Column("uid", sa.String(32), nullable=False, server_default=""),
    sa.Column("origin", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("host", Words, nullable=False, server_default=""),
    sa.Column("beat", Utc),
    sa.Column("stop_asked", Words, nullable=False, server_default=""),
    sa.Column("planned", sa.Double, nullable=False, server_default="0"),
    sa.Column("pruned", Utc),
    sa.Column("target", sa.String(32), nullable=False, server_default=""),
    sa.Column("group", sa.String(32), nullable=False, server_default=""),
    sa.Index(None, "uid", unique=True),
    sa.Index(None, "created"),
    sa.Index(None, "host"),
    sa.Index(None, "submitter"),
    sa.Index(None, "status"),
    sa.Index(None, "target", "started"),
    sa.Index(None, "group"),
)

runs = sa.Table(
    "run",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("experiment_id", sa.ForeignKey("experiment.id"), nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("label", Words, nullable=False),
    sa.Column("variant", Words, nullable=False),
    *_status(RUN_STATUSES),
    sa.Column("reason", Words, nullable=False, default=""),
    sa.Column("log", Words, nullable=False, default=""),
    sa.Column("folder", Words, nullable=False),
    sa.Column("stack", Words, nullable=False),
    sa.Column("source_hash", Words, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False, default={}),
    sa.Column("phases", sa.JSON, nullable=False, default={}),
    sa.Column("load", sa.JSON, nullable=False, default={}),
    sa.Column("peak_memory", sa.BigInteger, nullable=False, default=0),
    sa.Column("evidence", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("batch_count", sa.Integer, nullable=False, default=0),
    sa.Column("started", Utc, nullable=False),
    sa.Column("ended", Utc),
    sa.UniqueConstraint("experiment_id", "round", "label"),
    sa.Index(None, "variant", "stack"),
    sa.Index(None, "experiment_id", "variant", "stack"),
)

# The package versions that an experiment's runs had, copied from their facts for searching.
packages = sa.Table(
    "package",
    metadata,
    sa.Column("experiment_id", sa.ForeignKey("experiment.id"), primary_key=True, autoincrement=False),
    sa.Column("name", Words, primary_key=True),
    sa.Column("version", Words, primary_key=True),
    sa.Index("ix_package_version", "name", "version", "experiment_id"),
)

# A table of its own, so that a list of runs never loads it.
batches = sa.Table(
    "batches",
    metadata,
    sa.Column("run_id", sa.ForeignKey("run.id"), primary_key=True, autoincrement=False),
    sa.Column("rows", sa.LargeBinary, nullable=False),
)

epochs = sa.Table(
    "epoch",
    metadata,
    sa.Column("run_id", sa.ForeignKey("run.id"), primary_key=True, autoincrement=False),
    sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("test_loss", Measure),
    sa.Column("test_accuracy", Measure),
    sa.Column("batches", sa.Integer, nullable=False),
)

parities = sa.Table(
    "parity",
    metadata,
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("variant", Words, nullable=False),
    sa.Column("equivalent", sa.Boolean, nullable=False),
    sa.Column("difference", Measure),
    sa.Column("layer", Words, nullable=False),
    sa.Column("tolerance", Measure),
    sa.Column("reason", Words, nullable=False),
    *_status(RUN_STATUSES),
    sa.Column("papers", sa.JSON, nullable=False, server_default="[]"),
)

notes = sa.Table(
    "annotation",
    metadata,
    sa.Column("experiment_id", sa.ForeignKey("experiment.id"), primary_key=True, autoincrement=False),
    sa.Column("title", Words, nullable=False),
    sa.Column("note", Words, nullable=False),
    sa.Column("tags", sa.JSON, nullable=False),
)

# SQLite would reuse a deleted experiment's number; the numbers listed here are never reused.
deleted = sa.Table(
    "deleted",
    metadata,
    sa.Column("experiment_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("uid", sa.String(32), nullable=False),
    sa.Column("at", Utc, nullable=False),
)

# The experiments whose figures are kept, even where there are none, with the version of the
# analysis that made them.
analysed = sa.Table(
    "analysed",
    metadata,
    sa.Column("experiment_id", sa.ForeignKey("experiment.id"), primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
)

figures = sa.Table(
    "figure",
    metadata,
    sa.Column("experiment_id", sa.ForeignKey("experiment.id"), primary_key=True, autoincrement=False),
    sa.Column("label", Words, primary_key=True),
    sa.Column("variant", Words, nullable=False),
    sa.Column("stack", Words, nullable=False),
    sa.Column("batch_ms", Measure),
    sa.Column("low", Measure),
    sa.Column("high", Measure),
    sa.Column("rounds", sa.Integer, nullable=False),
    sa.Column("batches", sa.Integer, nullable=False),
    sa.Column("circumstance", Words, nullable=False),
    sa.Column("versions", sa.JSON, nullable=False),
    sa.Column("instrument", Words, nullable=False),
    sa.Column("created", Utc, nullable=False),
    sa.Column("submitter", Words, nullable=False),
    sa.Column("host", Words, nullable=False),
    sa.Column("cpu", Words, nullable=False),
    sa.Index(None, "variant", "circumstance", "created"),
    sa.Index(None, "circumstance", "created"),
)

# What a page far from the race draws of it: a small picture of the tapes, written anew every second.
live = sa.Table(
    "live",
    metadata,
    sa.Column("experiment_id", sa.ForeignKey("experiment.id"), primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
)

runners = sa.Table(
    "runner",
    metadata,
    sa.Column("owner", Words, primary_key=True),
    sa.Column("host", Words, nullable=False),
    sa.Column("doing", Words, nullable=False),
    sa.Column("started", Utc, nullable=False),
    sa.Column("beat", Utc, nullable=False),
)

machines = sa.Table(
    "machine",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", Words, nullable=False),
    sa.Column("host", Words, nullable=False),
    sa.Column("cpu", Words, nullable=False),
    sa.Column("cores", sa.Integer, nullable=False),
    sa.Column("memory_bytes", sa.BigInteger, nullable=False),
    sa.Column("gpus", sa.JSON, nullable=False),
    sa.Column("stacks", sa.JSON, nullable=False),
    sa.Column("lacking", sa.JSON, nullable=False),
    sa.Column("versions", sa.JSON, nullable=False),
    sa.Column("labels", sa.JSON, nullable=False),
    sa.Column("slots", sa.Integer, nullable=False),
    sa.Column("load", sa.JSON, nullable=False),
    sa.Column("seen", Utc, nullable=False),
    sa.Column("draining", sa.Boolean, nullable=False),
)

# Who changed what, also what was refused. The database itself refuses to change a row.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("user", Words, nullable=False),
    sa.Column("role", Words, nullable=False),
    sa.Column("via", Words, nullable=False),
    sa.Column("action", Words, nullable=False),
    sa.Column("experiment_id", sa.Integer),
    sa.Column("outcome", Words, nullable=False),
    sa.Column("detail", Words, nullable=False),
    sa.Index(None, "user", "at"),
    sa.Index(None, "experiment_id"),
)

tokens = sa.Table(
    "token",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", Words, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("user", Words, nullable=False),
    sa.Column("role", Words, nullable=False),
    sa.Column("created", Utc, nullable=False),
    sa.Column("expires", Utc, nullable=False),
    sa.Column("used", Utc),
    sa.Column("revoked", Utc),
    sa.Index(None, "digest", unique=True),
)
