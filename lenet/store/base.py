"""The base of all parts of the store: each call reads or writes in one short transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lenet.store import tables
from lenet.store.engine import IMMEDIATE, translated

INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""Database name -> the INSERT construct that has ON CONFLICT."""


class Base:
    """A connection pool. `_reading` and `_writing` turn the database's errors into StoreErrors."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(**IMMEDIATE)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with translated(self.engine.url), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with translated(self.engine.url), self._writer.begin() as connection:
            yield connection


def now() -> datetime:
    """The current time, in UTC."""
    return datetime.now(UTC)


def new_id(connection: sa.Connection, insert: sa.Insert) -> int:
    """Run an INSERT; return the number of the new row."""
    key = connection.execute(insert).inserted_primary_key
    return int(key[0])  # type: ignore[index]


def unused(connection: sa.Connection) -> dict[str, int]:
    """The column with the next experiment's number, for SQLite, which would reuse a deleted one's.

    {} for other databases.
    """
    if connection.dialect.name != "sqlite":
        return {}
    highest = (sa.func.max(tables.experiments.c.id), sa.func.max(tables.deleted.c.experiment_id))
    return {"id": 1 + max(connection.scalar(sa.select(number)) or 0 for number in highest)}


def exists(connection: sa.Connection, table: sa.Table, number: int) -> bool:
    """Whether `table` has a row `number`."""
    return connection.scalar(sa.select(table.c.id).where(table.c.id == number)) is not None


def status_of(connection: sa.Connection, table: sa.Table, number: int) -> str | None:
    """The status of the row `number`; None when there is no such row."""
    status: str | None = connection.scalar(sa.select(table.c.status).where(table.c.id == number))
    return status
