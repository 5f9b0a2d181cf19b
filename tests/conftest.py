"""Shared fixtures: every test has a data folder, a lock file and a catalogue of doubles of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lenet import catalog
from lenet.bench.queue import Queue
from lenet.home import Home, open_home
from lenet.store import Store, open_store
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


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    """The data folder's store."""
    with closing(open_store(home.database_url)) as opened:
        yield opened


@pytest.fixture
def queue(home: Home) -> Iterator[Queue]:
    """The data folder's queue; nothing races what is put into it."""
    with closing(Queue(home)) as opened:
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
