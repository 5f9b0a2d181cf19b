"""Shared fixtures: every test has a data folder, a lock file and a catalogue of doubles of its own."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from lenet import catalog
from lenet.bench.queue import Queue
from lenet.home import Home, open_home
from lenet.store import Store, open_store, schema
from lenet.store.engine import make_engine
from tests.helpers import postgres

DOUBLES = [file.stem for file in (Path(__file__).parent / "helpers" / "doubles").glob("[a-z]*.py")]


def double(name: str) -> catalog.Variant:
    """The stand-in `tests/helpers/doubles/<name>.py` as a variant."""
    return catalog.Variant(
        name,
        name.replace("_", " ").capitalize(),
        (),
        module=f"tests.helpers.doubles.{name}",
        owns_loop=name.startswith("fits"),
    )


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A data folder and a machine lock that are this test's alone."""
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setenv("LENET_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LENET_DATABASE_URL", raising=False)
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setenv("LENET_LOCK", str(scratch / "lenet-bench.lock"))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    return open_home()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database file with all tables and nothing in them."""
    file = tmp_path_factory.mktemp("empty") / "lenet.db"
    engine = make_engine(file)
    schema.migrate(engine)
    engine.dispose()
    return file.read_bytes()


@pytest.fixture(autouse=True)
def tables_by_copy(empty_database: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new SQLite file begins as a copy of `empty_database`: making its tables takes a tenth of a second each time."""

    def migrate(engine: sa.Engine) -> None:
        file = engine.url.database
        if engine.dialect.name == "sqlite" and file and Path(file).parent.is_dir() and not Path(file).exists():
            whole = tmp_path / f"empty-{threading.get_ident()}.db"
            with whole.open("wb") as opened:  # a test may stand in for `write_bytes`
                opened.write(empty_database)
            with contextlib.suppress(FileExistsError):
                os.link(whole, file)
            whole.unlink()
        schema.migrate(engine)

    monkeypatch.setattr("lenet.store.store.migrate", migrate)


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    """The data folder's store."""
    with contextlib.closing(open_store(home.database_url)) as opened:
        yield opened


@pytest.fixture
def queue(home: Home) -> Iterator[Queue]:
    """The data folder's queue; nothing races what is put into it."""
    with contextlib.closing(Queue(home)) as opened:
        yield opened


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The address of a new PostgreSQL database of this test."""
    if not postgres.POSTGRES:
        pytest.skip("LENET_TEST_POSTGRES_URL is not set")
    with postgres.own_database() as address:
        yield address.render_as_string(hide_password=False)


@pytest.fixture
def stacks_of_this_machine(home: Home) -> None:
    """The stacks installed in the data folder that LENET_TEST_STACKS names, seen from this test's own."""
    if folder := os.environ.get("LENET_TEST_STACKS"):
        (home.root / "stacks").symlink_to(Path(folder).resolve() / "stacks", target_is_directory=True)


@pytest.fixture
def doubles(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, catalog.Variant]]:
    """The doubles, in the catalogue for the length of a test."""
    variants = {name: double(name) for name in DOUBLES}
    for name, variant in variants.items():
        monkeypatch.setitem(catalog.VARIANTS, name, variant)
    yield variants
