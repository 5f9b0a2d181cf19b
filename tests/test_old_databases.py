"""Databases of past versions, kept as SQL in `tests/databases/`: each opens after every migration, nothing lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from lenet.analysis import report as reports
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import open_store, tables
from lenet.store.schema import MIGRATIONS

KEPT = sorted((Path(__file__).parent / "databases").glob("*.sql"))


def test_every_past_version_is_kept() -> None:
    revisions = {file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("0*.py")}
    assert {file.stem for file in KEPT} >= revisions - {tables.REVISION}


@pytest.mark.parametrize("kept", KEPT, ids=lambda file: file.stem)
def test_an_old_database_opens_and_tells_the_same(kept: Path, tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    with sqlite3.connect(file) as old:
        old.executescript(kept.read_text(encoding="utf-8"))
    old.close()
    store = open_store(f"sqlite:///{file}")
    try:
        report = reports.load(store, 1)
        (pair,) = report.pairs
        assert (pair.slow, pair.fast) == ("keras_fit", "tensorflow_graph")
        assert pair.ratio == pytest.approx(1.5, abs=0.01)
        assert list(report.runs["batches"]) == [50, 50]
        assert (report.experiment.request.instrument, report.experiment.request.plan) == ("race", {})
        assert all(run.evidence == {} for run in store.runs(1))
        assert store.add_experiment(Request(("keras_fit",), Settings.parse({}), instrument="law"), "a:1:1") == 2
        assert store.experiment(2).request.instrument == "law"
    finally:
        store.close()
