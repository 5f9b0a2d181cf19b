"""Creates the tables of a database, or brings them up to date, by Alembic under a lock."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from lenet.errors import StoreError
from lenet.store.engine import IMMEDIATE, make_engine, translated
from lenet.store.tables import REVISION, metadata

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "lenet_version"
_LOCK = 7439


def migrate(engine: sa.Engine) -> None:
    """Create or upgrade the tables. Two programs that open a new database at once take turns.

    Raises StoreError when a newer version made the database, or when it has another program's
    tables.
    """
    with engine.connect() as connection:
        if revision(connection) == REVISION:
            return
    with engine.connect().execution_options(**IMMEDIATE) as connection, connection.begin():
        upgrade(connection)


def state(url: str | Path) -> str | None:
    """The revision of a database's tables; None for a new one. Changes nothing. Raises StoreError."""
    engine = make_engine(url)
    try:
        with translated(engine.url), engine.connect() as connection:
            return revision(connection)
    finally:
        engine.dispose()


def revision(connection: sa.Connection) -> str | None:
    """The newest migration that was applied to the database; None for a new one."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    applied: str | None = connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}"))
    return applied


def upgrade(connection: sa.Connection, to: str = "head") -> None:
    """Create or upgrade the tables, in the transaction of `connection`, to a revision. Raises
    StoreError as `migrate` does."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    # Imported here because it takes longer to load than a migrated database takes to open.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    current = revision(connection)
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if current is not None and current not in known:
        raise StoreError(
            f"The database was made by a newer LeNet Bench (its tables are at {current}, this program knows "
            f"{REVISION}); update LeNet Bench, or set LENET_HOME or LENET_DATABASE_URL to another database."
        )
    if current is None:
        _refuse_foreign(connection)
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, to)


def _refuse_foreign(connection: sa.Connection) -> None:
    taken = sorted(set(sa.inspect(connection).get_table_names()) & set(metadata.tables))
    if taken:
        raise StoreError(
            f"The database already has another program's table {taken[0]!r}; give LeNet Bench a database of its own "
            "with LENET_DATABASE_URL or LENET_HOME."
        )
