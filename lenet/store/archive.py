"""A whole database in one file, and back into a database of either kind.

A ZIP archive: `manifest.json`, and for each table a file with a line of JSON for each row. It is read
in one transaction, so it is one moment of the database, whatever goes on beside it.
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from lenet.errors import BadInput
from lenet.records import ANY_RUNNER, FLEET
from lenet.store import schema, tables
from lenet.store.audit import Audited
from lenet.store.base import now
from lenet.store.engine import translated

FORMAT, VERSION = "lenet-bench/backup", 1
MANIFEST = "manifest.json"
LEFT_OUT = (tables.live, tables.runners)
"""What is of the moment only."""
KEPT = [table for table in tables.metadata.sorted_tables if table not in LEFT_OUT]
AT_ONCE = 50
"""Rows that are in memory at once."""
CUT = "It had not ended when the backup was made from which this database was restored."


class Archive(Audited):
    """The methods of the store for backups."""

    def backup(self, file: Path) -> dict[str, int]:
        """Write the whole database into `file`, for its owner's eyes only; table -> rows.

        Raises StoreError, and OSError when the file cannot be written; there is no half of it.
        """
        half = file.with_name(f".{file.name}.{os.getpid()}.half")
        try:
            with translated(self.engine.url), self._at_one_moment() as connection, _created(half) as archive:
                rows = {table.name: _write(connection, archive, table) for table in KEPT}
                about = {"format": FORMAT, "version": VERSION, "revision": tables.REVISION}
                made = {"made": now().isoformat(), "rows": rows}
                archive.writestr(MANIFEST, json.dumps(about | made))
            half.replace(file)
        finally:
            half.unlink(missing_ok=True)
        return rows

    def restore(self, file: Path, replace: bool = False) -> dict[str, int]:
        """Put what a backup has into this database, all of it or nothing; table -> rows.

        What ran when it was made is interrupted here, for its batches are elsewhere. replace: what
        the database has goes; without it a database that has something raises BadInput, as does a
        file that is no backup.
        """
        with opened(file) as (archive, about), self._writing() as connection:
            if not replace and (there := _filled(connection)):
                raise BadInput(
                    f"The database has {there} already; restore into an empty one, or say --replace to lose that."
                )
            tables.metadata.drop_all(connection)
            connection.execute(sa.text(f"DROP TABLE IF EXISTS {schema.VERSION_TABLE}"))
            schema.upgrade(connection, about["revision"])
            then = sa.MetaData()
            then.reflect(connection)
            for name in about["rows"]:
                _read(connection, archive, then.tables[name])
            if connection.dialect.name == "postgresql":
                _count_on(connection, then)
            _end_what_ran(connection, then, datetime.fromisoformat(about["made"]))
            schema.upgrade(connection)
        self.engine.dispose()
        rows: dict[str, int] = about["rows"]
        return rows

    @contextlib.contextmanager
    def _at_one_moment(self) -> Iterator[sa.Connection]:
        repeatable = {"isolation_level": "REPEATABLE READ"} if self.engine.dialect.name == "postgresql" else {}
        with self.engine.connect().execution_options(**repeatable) as connection, connection.begin():
            yield connection


@contextlib.contextmanager
def opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    """A backup and its manifest. Raises BadInput for what is none."""
    try:
        archive = zipfile.ZipFile(file)
        about = json.loads(archive.read(MANIFEST))
        known = about["format"] == FORMAT
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{file} is no backup; name a file that `python -m lenet backup FILE` wrote.") from error
    with archive:
        if not known or about["version"] > VERSION or about["revision"] > tables.REVISION:
            raise BadInput(f"{file} was made by a newer LeNet Bench; update this one, then restore.")
        yield archive, about


@contextlib.contextmanager
def _created(file: Path) -> Iterator[zipfile.ZipFile]:
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(number, "wb") as opened, zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as archive:
        yield archive
        archive.close()
        opened.flush()
        os.fsync(opened.fileno())


def _write(connection: sa.Connection, archive: zipfile.ZipFile, table: sa.Table) -> int:
    count = 0
    select = table.select().order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as file:
        for row in connection.execute(select):
            values = {name: _plain(value) for name, value in row._mapping.items()}
            file.write(json.dumps(values).encode() + b"\n")
            count += 1
    return count


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return None if isinstance(value, float) and math.isnan(value) else value


def _read(connection: sa.Connection, archive: zipfile.ZipFile, table: sa.Table) -> None:
    readers = {column.name: reader for column in table.columns if (reader := _reader(column.type))}
    with archive.open(f"{table.name}.jsonl") as file:
        while lines := list(islice(file, AT_ONCE)):
            connection.execute(table.insert(), [_values(json.loads(line), readers) for line in lines])


def _reader(kind: sa.types.TypeEngine[Any]) -> Callable[[str], Any] | None:
    """How a value of a column is read that JSON has as a text only."""
    if isinstance(kind, sa.DateTime):
        return lambda text: datetime.fromisoformat(text).astimezone(UTC)
    return base64.b64decode if isinstance(kind, sa.LargeBinary) else None


def _values(values: Mapping[str, Any], readers: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    return {name: readers[name](v) if name in readers and v is not None else v for name, v in values.items()}


def _count_on(connection: sa.Connection, then: sa.MetaData) -> None:
    """New rows are numbered from behind the last, and experiments from behind the last deleted one;
    SQLite does so by itself."""
    for table in then.tables.values():
        sequence = "id" in table.c and connection.scalar(sa.select(sa.func.pg_get_serial_sequence(table.name, "id")))
        if sequence:
            used = [table.c.id, *([then.tables["deleted"].c.experiment_id] if table.name == "experiment" else [])]
            last = max(connection.scalar(sa.select(sa.func.max(column))) or 0 for column in used)
            connection.execute(sa.select(sa.func.setval(sequence, last + 1, False)))


def _end_what_ran(connection: sa.Connection, then: sa.MetaData, made: datetime) -> None:
    """No process here runs what ran, or waited for a process, when the backup was made."""
    values = {"status": "interrupted", "reason": CUT, "ended": made}
    runs, experiments = then.tables["run"], then.tables["experiment"]
    connection.execute(runs.update().where(runs.c.status == "running").values(**values))
    status, owner = experiments.c.status, experiments.c.owner
    ended = (status == "running") | ((status == "queued") & owner.not_in((ANY_RUNNER, FLEET)))
    connection.execute(experiments.update().where(ended).values(**values))


def _filled(connection: sa.Connection) -> str:
    """What a database has that a user would miss; '' for a new one."""
    for table, what in ((tables.experiments, "experiments"), (tables.tokens, "tokens"), (tables.deleted, "a history")):
        if connection.scalar(sa.select(sa.func.count()).select_from(table)):
            return what
    return ""
