"""Connects to SQLite or PostgreSQL, and says for users what their errors mean."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from lenet import program
from lenet.errors import BadInput, StoreError
from lenet.store.tables import to_json

BUSY_SECONDS = 5.0
"""Seconds that a call waits for another program's write before it fails."""

IMMEDIATE = {"sqlite_begin": "IMMEDIATE"}
"""Execution option of a writing transaction: it waits for SQLite's write lock at its start."""

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_BUSY = "is busy with another program's write; try again, and end that program if it stays so."
_FULL = "has no room left on its disk; free some space and try again."
_SQLITE_REASONS = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: "cannot be written; check its permissions, or set LENET_HOME to a folder you may write.",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its folder exists and may be written, or set LENET_HOME.",
    sqlite3.SQLITE_NOTADB: "is not a database; move that file away, or set LENET_HOME to another folder.",
    sqlite3.SQLITE_CORRUPT: "is damaged; put a backup in its place, or set LENET_HOME to another folder.",
    sqlite3.SQLITE_IOERR: "cannot be read or written; check its disk and try again.",
}
_OUT_OF_RANGE = "22003"
_TOO_LARGE = "No record has a number this large; `python -m lenet list` shows the experiments."
_POSTGRES_REASONS = {
    "53100": _FULL,
    "55P03": _BUSY,
    "42501": "does not let this user make or change tables; ask for the right, or set LENET_DATABASE_URL to another.",
    "25006": "is read-only; set LENET_DATABASE_URL to one that can be written.",
}


def make_engine(url: str | Path) -> sa.Engine:
    """An engine for a `sqlite:///FILE` or `postgresql://` URL, or for the file of an SQLite
    database; connects to nothing yet. Raises StoreError."""
    address = sa.URL.create("sqlite", database=str(url)) if isinstance(url, Path) else _address(url)
    sqlite = address.drivername == "sqlite"
    wait = {"timeout": BUSY_SECONDS} if sqlite else {"connect_timeout": max(2, round(BUSY_SECONDS))}
    try:
        engine = sa.create_engine(address, connect_args=wait, pool_pre_ping=not sqlite, json_serializer=to_json)
    except ModuleNotFoundError as error:
        raise StoreError(f"PostgreSQL needs more packages: {program.install('hosted')}.") from error
    except (exc.SQLAlchemyError, ValueError, TypeError) as error:
        raise StoreError(f"The database address cannot be used ({error}); check LENET_DATABASE_URL.") from error
    event.listen(engine, "connect", _prepare_sqlite if sqlite else _prepare_postgres)
    if sqlite:
        event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def translated(url: sa.URL) -> Iterator[None]:
    """Turn the database's errors into StoreErrors that say what to do.

    A number that is too large for a column becomes BadInput: it comes from an address or a shell.
    """
    try:
        yield
    except (OverflowError, exc.SQLAlchemyError) as error:
        if isinstance(error, OverflowError) or _sqlstate(error) == _OUT_OF_RANGE:
            raise BadInput(_TOO_LARGE) from error
        raise StoreError(f"The database {_name(url)} {_reason(error)}") from error


def _name(url: sa.URL) -> str:
    """The database as a sentence names it; a file as it is spelled in its folder."""
    return f"sqlite:///{url.database}" if url.drivername == "sqlite" else url.render_as_string(hide_password=True)


def _address(url: str) -> sa.URL:
    try:
        address = sa.make_url(url)
        address = address.set(drivername=DRIVERS[address.get_backend_name()])
    except (exc.ArgumentError, KeyError, ValueError) as error:
        raise StoreError("LENET_DATABASE_URL must be sqlite:///FILE or postgresql://USER@HOST/NAME.") from error
    if address.drivername == "sqlite" and address.database in (None, "", ":memory:"):
        raise StoreError("The SQLite database must be a file, as in sqlite:///lenet.db; correct LENET_DATABASE_URL.")
    return address


def _reason(error: exc.SQLAlchemyError) -> str:
    cause = error.orig if isinstance(error, exc.DBAPIError) else None
    sqlite_code = getattr(cause, "sqlite_errorcode", None)
    if sqlite_code is not None and sqlite_code & 0xFF in _SQLITE_REASONS:  # the low byte is the primary code
        return _SQLITE_REASONS[sqlite_code & 0xFF]
    if _sqlstate(error) in _POSTGRES_REASONS:
        return _POSTGRES_REASONS[_sqlstate(error)]
    if isinstance(error, exc.TimeoutError):
        return _BUSY
    if isinstance(error, exc.OperationalError | exc.InterfaceError):
        return f"does not answer ({_first_line(cause)}); check that it runs and that LENET_DATABASE_URL is right."
    return f"refused a record ({_first_line(cause or error)}); this is a fault of LeNet Bench, please report it."


def _sqlstate(error: exc.SQLAlchemyError) -> str:
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""


def _first_line(error: Any) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    connection.isolation_level = None  # not the driver but `_begin_sqlite` begins transactions
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    # When two programs switch a new database at once, SQLite refuses one of them without waiting.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('sqlite_begin', 'DEFERRED')}")


def _prepare_postgres(connection: Any, record: Any) -> None:
    connection.execute(f"SET lock_timeout = {round(BUSY_SECONDS * 1000)}")
    connection.commit()
