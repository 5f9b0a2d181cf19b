"""Databases on the PostgreSQL server that LENET_TEST_POSTGRES_URL names, if it names one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

POSTGRES = os.environ.get("LENET_TEST_POSTGRES_URL", "")


@contextmanager
def administered(address: sa.URL) -> Iterator[sa.Connection]:
    """A connection that may make and drop databases and schemas."""
    admin = sa.create_engine(address.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        yield connection
    admin.dispose()


@contextmanager
def own_database() -> Iterator[sa.URL]:
    """A database of its own: advisory locks are a database's, and other tests may run beside these."""
    name = "test_" + os.urandom(6).hex()
    with administered(sa.make_url(POSTGRES)) as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
        yield sa.make_url(POSTGRES).set(database=name)
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
