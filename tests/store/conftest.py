"""A database of each kind for the tests of the store: SQLite, and PostgreSQL where LENET_TEST_POSTGRES_URL names a
server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from lenet.store import Store, open_store
from tests.helpers import postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that nobody has opened yet."""
    with new_database(request, tmp_path / "lenet.db") as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of one more such database."""
    with new_database(request, tmp_path / "other.db") as address:
        yield address


@contextmanager
def new_database(request: pytest.FixtureRequest, file: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{file}"
        return
    if not postgres.POSTGRES:
        pytest.skip("LENET_TEST_POSTGRES_URL is not set")
    name = "test_" + os.urandom(6).hex()
    own: sa.URL = request.getfixturevalue("own_database")
    with postgres.administered(own) as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {name}"))
        yield own.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
        connection.execute(sa.text(f"DROP SCHEMA {name} CASCADE"))


@pytest.fixture(scope="session")
def own_database() -> Iterator[sa.URL]:
    """A PostgreSQL database of this process."""
    with postgres.own_database() as address:
        yield address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(open_store(url)) as opened:
        yield opened
