"""Who changed what: a row of the audit in the transaction of the change itself, or none of both."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

import sqlalchemy as sa

from lenet.records import AuditEntry
from lenet.store import tables
from lenet.store.base import Base, now

_entry: ContextVar[AuditEntry | None] = ContextVar("audit entry", default=None)


class Audited(Base):
    """The methods of the store for the audit."""

    @contextmanager
    def audited(self, entry: AuditEntry) -> Iterator[None]:
        """Write `entry` with the first change that the body makes, in its transaction.

        Where the body makes none, or it fails, nothing is written.
        """
        token = _entry.set(entry)
        try:
            yield
        finally:
            _entry.reset(token)

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with super()._writing() as connection:
            yield connection
            entry = _entry.get()
            if entry is not None:
                _entry.set(None)
                insert(connection, entry)

    def _about(self, experiment_id: int) -> None:
        """Name the experiment that the change being audited has just made."""
        entry = _entry.get()
        if entry is not None:
            _entry.set(dataclasses.replace(entry, experiment_id=experiment_id))

    def add_audit(self, entry: AuditEntry) -> None:
        """Write an entry that belongs to no change of the database: a refusal, or an install."""
        with super()._writing() as connection:
            insert(connection, entry)

    def audit(
        self, limit: int = 100, before: int | None = None, user: str = "", since: datetime | None = None
    ) -> list[AuditEntry]:
        """At most `limit` entries, the newest first.

        before: only those with a lower number. user: only theirs, unless it is ''. since: only those
        of then or later.
        """
        table = tables.audit
        select = table.select().order_by(table.c.id.desc()).limit(limit)
        if before is not None:
            select = select.where(table.c.id < before)
        if user:
            select = select.where(table.c.user == user)
        if since is not None:
            select = select.where(table.c.at >= since)
        with self._reading() as connection:
            return [AuditEntry(**row._mapping) for row in connection.execute(select)]


def insert(connection: sa.Connection, entry: AuditEntry) -> None:
    """Write an entry, with the time now."""
    values = dataclasses.asdict(entry) | {"at": now()}
    del values["id"]
    connection.execute(tables.audit.insert().values(**values))
