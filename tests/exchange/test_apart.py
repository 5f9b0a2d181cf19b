"""A file from somebody else is read in a process of its own, and belongs to whoever imports it."""

from __future__ import annotations

import dataclasses
import io
import json
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pytest
from click.testing import CliRunner

from lenet.bench.queue import Queue
from lenet.cli.main import main
from lenet.errors import BadInput, Forbidden
from lenet.exchange import apart, as_parquet, checks, gather, parquet, read_apart, read_parquet
from lenet.exchange.document import as_document
from lenet.home import Home
from lenet.hosting import policy
from lenet.hosting.config import Hosting
from lenet.hosting.desk import Desk
from lenet.hosting.identity import Role, User
from lenet.hosting.limits import FILE_MIB
from lenet.hosting.policy import Action
from lenet.records import Filter, Request
from lenet.settings import Settings
from lenet.store import Store, open_store
from tests.helpers import stored
from tests.helpers.places import ROOT

ADA, EVE = User("ada@example.org", Role.RUNNER), User("eve@example.org", Role.RUNNER)
REQUEST = Request(("keras_fit", "tensorflow_graph"), Settings.parse({"rounds": 2}), submitter=ADA.name)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Store]:
    """A store in which a race was raced by Ada."""
    with closing(open_store(tmp_path / "elsewhere.db")) as store:
        stored.add(store, REQUEST, {"keras_fit": 3.0, "tensorflow_graph": 2.0})
        yield store


@pytest.fixture
def queue(home: Home) -> Iterator[Queue]:
    with closing(Queue(home)) as opened:
        yield opened


def desk(queue: Queue, user: User) -> Desk:
    return Desk(queue, Hosting("hosted"), user)


def bomb(store: Store, rows: int, settings: dict[str, Any]) -> bytes:
    """A file with so many rows, all alike, that its record plans by these settings."""
    document = json.loads(json.dumps(as_document(gather(store, 1))))
    each = rows // len(document["runs"])
    for run in document["runs"]:
        run["batches"] = each
    document["experiment"]["settings"] |= settings
    numbers = np.repeat(np.arange(1, len(document["runs"]) + 1, dtype=np.int32), each)
    times = np.zeros(len(numbers), np.int64)
    losses = np.full(len(numbers), 0.5)
    table = pa.Table.from_arrays([numbers, times, times, losses, times], schema=parquet.SCHEMA)
    return parquet._packed(table, json.dumps(document).encode())


@pytest.fixture
def refused(queue: Queue) -> Iterator[Any]:
    """Import a file as Ada; the sentence with which it is refused, and nothing else happened."""

    def refuse(file: bytes) -> str:
        with pytest.raises(BadInput) as caught:
            desk(queue, ADA).import_(io.BytesIO(file), "odd.parquet")
        assert queue.store.experiments() == [] and queue.store.audit() == []
        return str(caught.value)

    return refuse


def test_the_bomb_is_refused_before_it_is_unpacked(
    elsewhere: Store, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = bomb(elsewhere, 19_900_000, {"batch_size": 1, "epochs": 1000})
    assert len(file) < 500_000
    monkeypatch.setattr(apart, "MEMORY_BYTES", 300 * 2**20)
    monkeypatch.setattr(apart, "PROCESSOR_SECONDS", 5)
    before = psutil.Process().memory_info().rss
    said = "odd.parquet cannot be imported: it says that it has 19,900,000 batches, and at most 2,000,000 are read."
    assert refused(file) == said
    assert psutil.Process().memory_info().rss - before < 50 * 2**20


def test_more_than_the_settings_plan_is_refused(elsewhere: Store, queue: Queue, refused: Any) -> None:
    plan = {"images_per_epoch": 32 * 1000}
    assert "a run with more batches than its settings plan" in refused(bomb(elsewhere, 4 * 1001, plan))
    assert "more rounds than its settings plan" in refused(bomb(elsewhere, 400, {"rounds": 1}))
    assert desk(queue, ADA).import_(io.BytesIO(bomb(elsewhere, 4 * 1000, plan))) == 1


@pytest.mark.parametrize(("limit", "value"), [("MEMORY_BYTES", 2**26), ("PROCESSOR_SECONDS", 0), ("SECONDS", 0.01)])
def test_one_that_takes_too_much_is_given_up(
    elsewhere: Store, refused: Any, monkeypatch: pytest.MonkeyPatch, limit: str, value: float
) -> None:
    monkeypatch.setattr(apart, limit, value)
    said = "odd.parquet cannot be imported: reading it takes too much memory or time, so it was given up."
    assert refused(as_parquet(gather(elsewhere, 1))) == said


def test_the_most_that_is_read_is_read(elsewhere: Store, queue: Queue) -> None:
    """Two million batches, as an honest file has them."""
    bundle = gather(elsewhere, 1)
    count = checks.ROWS // len(bundle.runs)
    rows = np.zeros(count, next(iter(bundle.batches.values())).dtype)
    rows["start"] = 1_000_000 * np.arange(count)
    rows["end"] = rows["start"] + np.random.default_rng(1).integers(900_000, 1_000_000, count)
    rows["loss"] = np.random.default_rng(2).normal(size=count)
    settings = dataclasses.replace(REQUEST.settings, batch_size=1, epochs=1000)
    whole = dataclasses.replace(
        bundle,
        experiment=dataclasses.replace(bundle.experiment, request=dataclasses.replace(REQUEST, settings=settings)),
        runs=tuple(dataclasses.replace(run, batch_count=count) for run in bundle.runs),
        batches={run.id: rows for run in bundle.runs},
    )
    file = as_parquet(whole)
    assert len(file) < parquet.FILE_BYTES
    assert desk(queue, ADA).import_(io.BytesIO(file)) == 1
    assert sum(run.batch_count for run in queue.store.runs(1)) == checks.ROWS


def test_read_apart_is_as_read_here(elsewhere: Store, tmp_path: Path) -> None:
    file = tmp_path / "race.parquet"
    file.write_bytes(as_parquet(gather(elsewhere, 1)))
    here = read_parquet(file)
    for there in (read_apart(file), read_apart(io.BytesIO(file.read_bytes()))):
        assert dataclasses.replace(there, batches={}) == dataclasses.replace(here, batches={})
        assert all(there.batches[run.id].tobytes() == here.batches[run.id].tobytes() for run in here.runs)


def test_one_number_for_page_server_and_file() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["maxUploadSize"] == FILE_MIB == parquet.FILE_BYTES / 2**20


# Whose it is


def test_an_import_is_its_importers_whatever_the_file_says(elsewhere: Store, queue: Queue) -> None:
    file = as_parquet(gather(elsewhere, 1))
    number = desk(queue, EVE).import_(io.BytesIO(file), "race.parquet")
    arrived = queue.store.experiment(number)
    assert arrived.request.submitter == arrived.origin["by"] == EVE.name
    assert arrived.origin["submitter"] == ADA.name
    assert policy.owns(EVE, arrived) and not policy.owns(ADA, arrived)
    assert queue.store.search(Filter(submitter=ADA.name)).total == 0
    assert queue.store.asked(ADA.name) == queue.store.asked(EVE.name)
    assert gather(queue.store, number).experiment.request == REQUEST  # and goes on as it came


def test_a_viewer_imports_nothing_and_nothing_is_read(
    elsewhere: Store, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "_run", lambda *given: pytest.fail("it was read"))
    with pytest.raises(Forbidden, match="only a runner may import"):
        desk(queue, User("vi@example.org", Role.VIEWER)).import_(io.BytesIO(b"x"), "x.parquet")
    (entry,) = queue.store.audit()
    assert (entry.action, entry.outcome) == (Action.IMPORT, "refused")


def test_the_shell_reads_it_apart_too(
    elsewhere: Store, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "race.parquet"
    file.write_bytes(as_parquet(gather(elsewhere, 1)))
    done = CliRunner().invoke(main, ["import", str(file)])
    said = f"Imported as experiment 1; it was raced on {stored.MACHINE['host']} as experiment 1.\n"
    assert (done.exit_code, done.output) == (0, said)
    file.write_bytes(bomb(elsewhere, 19_900_000, {"batch_size": 1, "epochs": 1000}))
    again = CliRunner().invoke(main, ["import", str(file)])
    assert again.exit_code == 2 and "at most 2,000,000 are read" in again.output
