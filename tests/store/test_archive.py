"""A whole database in one file, and back: from either kind into either, while races go on, as it was."""

from __future__ import annotations

import json
import stat
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lenet import instruments, requests
from lenet.analysis import export
from lenet.analysis import report as reports
from lenet.analysis.across import figures
from lenet.analysis.across.origin import origin
from lenet.analysis.issue7439.answer import TODAY
from lenet.analysis.why import findings
from lenet.errors import BadInput, StoreError
from lenet.exchange import gather
from lenet.records import Annotation, AuditEntry, Epoch, Filter, Request
from lenet.settings import Settings
from lenet.store import Store, archive, open_store, tables
from lenet.worker.tape import DTYPE
from tests.helpers import stored

REQUEST = Request(("keras_fit", "tensorflow_graph"), Settings.parse({"rounds": 2}))
TIMES = {"keras_fit": 3.0, "tensorflow_graph": 2.0}
DONE = AuditEntry("ada", "admin", "page", "start")


@pytest.fixture
def there(other_url: str) -> Iterator[Store]:
    with closing(open_store(other_url)) as opened:
        yield opened


def fill(store: Store) -> list[int]:
    """Experiments of several instruments, an annotation, a missing loss, what waits and what runs; those that ended."""
    stored.add_race(store, TODAY, 7.5, 6.1)
    stored.add_law(store, {TODAY.keras: (1.6, 0.17), TODAY.control: (0.4, 0.165)})
    stored.add_counts(store, TODAY, False)
    stored.add(store, requests.noise_request("keras_fit", 4, {"rounds": 2}), {"keras_fit": 2.0})
    store.add_epoch(Epoch(store.runs(1)[0].id, 1, float("nan"), 0.9, 100))
    store.annotate(1, Annotation("Before the update", "two\nlines", ("ci",)))
    gone = store.add_experiment(REQUEST, "me")
    store.withdraw(gone, "cancelled", "")
    store.delete(gone)
    figures.keep(store, 1)
    with store.audited(DONE):
        store.annotate(2, Annotation("a law"))
    return [one.id for one in store.experiments()]


def told(store: Store, number: int) -> Any:
    """All that is worked out of an experiment."""
    report = reports.load(store, number)
    values = {"report": export.as_json(report), "rows": [store.batches(run.id).tobytes() for run in store.runs(number)]}
    if instruments.of(report.experiment.request).asks_why:
        values["why"] = findings.as_json(findings.load(store, number))
    return values


def everything(store: Store) -> dict[str, list[Any]]:
    with store.engine.connect() as connection:
        return {t.name: [repr(row) for row in connection.execute(t.select().order_by(*t.primary_key.columns))]
                for t in archive.KEPT}  # fmt: skip


def test_after_a_restore_everything_is_as_it_was(store: Store, there: Store, tmp_path: Path) -> None:
    numbers = fill(store)
    rows = store.backup(tmp_path / "all.zip")
    assert rows["experiment"] == len(numbers) and rows["audit"] == 1 and rows["deleted"] == 1
    assert there.restore(tmp_path / "all.zip") == rows
    assert everything(there) == everything(store)
    for number in numbers:
        one, other = told(store, number), told(there, number)
        assert one == other or pd.Series(one).astype(str).equals(pd.Series(other).astype(str))
    assert there.figures(Filter()) == store.figures(Filter()) != []
    assert there.annotation(1) == store.annotation(1)
    assert there.add_experiment(REQUEST, "me") == store.add_experiment(REQUEST, "me")  # a used number is not used again
    with pytest.raises(StoreError, match="stays as it is"), there._writing() as connection:
        connection.execute(tables.audit.delete())


def test_what_ran_is_interrupted_and_what_waits_for_any_runner_waits(
    store: Store, there: Store, tmp_path: Path
) -> None:
    running = stored.begin(store, REQUEST, "gone:1:boot:token")
    store.add_run(running, round=1, label="keras_fit", variant="keras_fit", stack="main", source_hash="", folder="f")
    mine, anybodys = store.add_experiment(REQUEST, "gone:1:boot:token"), store.add_experiment(REQUEST, "")
    store.backup(tmp_path / "all.zip")
    there.restore(tmp_path / "all.zip")
    assert [there.experiment(one).status for one in (running, mine, anybodys)] == ["interrupted"] * 2 + ["queued"]
    assert there.experiment(running).reason == there.runs(running)[0].reason == archive.CUT
    assert there.waiting([""]) == [anybodys] and store.experiment(running).status == "running"
    reports.load(there, running)


def test_a_backup_is_one_moment_while_a_race_goes_on(store: Store, there: Store, tmp_path: Path) -> None:
    """Each experiment is ended with its runs' batches: in no backup is an ended one without them."""
    over = threading.Event()

    def race() -> None:
        while not over.is_set():
            stored.add(store, REQUEST, TIMES)

    racing = threading.Thread(target=race)
    racing.start()
    try:
        for turn in range(3):
            store.backup(tmp_path / f"{turn}.zip")
    finally:
        over.set()
        racing.join()
    for turn in range(3):
        there.restore(tmp_path / f"{turn}.zip", replace=True)
        for one in there.experiments():
            runs = there.runs(one.id)
            assert one.status != "finished" or len(runs) == 4
            assert all(len(there.batches(run.id)) == run.batch_count for run in runs)


def test_a_database_that_has_something_is_not_replaced_unless_told(store: Store, tmp_path: Path) -> None:
    store.backup(tmp_path / "empty.zip")
    stored.add(store, REQUEST, TIMES)
    with pytest.raises(BadInput, match="has experiments already; restore into an empty one, or say --replace"):
        store.restore(tmp_path / "empty.zip")
    assert len(store.experiments()) == 1
    store.restore(tmp_path / "empty.zip", replace=True)
    assert store.experiments() == [] and stored.add(store, REQUEST, TIMES) == 1


def test_a_restore_that_fails_changes_nothing(store: Store, tmp_path: Path) -> None:
    stored.add(store, REQUEST, TIMES)
    store.backup(tmp_path / "all.zip")
    before = everything(store)
    broken = rewritten(
        tmp_path / "all.zip", **{"epoch.jsonl": b'{"run_id": 99, "epoch": 1, "batches": 1}\n{"odd": 1}\n'}
    )
    with pytest.raises(Exception):  # noqa: B017 - whatever it is
        store.restore(broken, replace=True)
    assert everything(store) == before


def test_what_is_no_backup(store: Store, tmp_path: Path) -> None:
    store.backup(tmp_path / "all.zip")
    assert stat.S_IMODE((tmp_path / "all.zip").stat().st_mode) == 0o600  # it has who did what
    text = tmp_path / "text"
    text.write_text("no backup")
    for file in (text, tmp_path / "none", tmp_path, rewritten(tmp_path / "all.zip", **{archive.MANIFEST: b"{}"})):
        with pytest.raises(BadInput, match="is no backup; name a file that `python -m lenet backup FILE` wrote"):
            store.restore(file)
    about = {
        "format": archive.FORMAT,
        "version": 1,
        "revision": "9999",
        "made": "2026-01-01T00:00:00+00:00",
        "rows": {},
    }
    with pytest.raises(BadInput, match="was made by a newer LeNet Bench; update this one"):
        store.restore(rewritten(tmp_path / "all.zip", **{archive.MANIFEST: json.dumps(about).encode()}))


def test_a_backup_that_fails_leaves_the_older_one(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "all.zip"
    store.backup(file)
    before = file.read_bytes()
    monkeypatch.setattr(archive, "_write", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.backup(file)
    assert file.read_bytes() == before and [one for one in tmp_path.iterdir() if "half" in one.name] == []


def test_a_backup_of_an_older_version_is_upgraded(store: Store, there: Store, tmp_path: Path) -> None:
    """As a program would have written it whose newest revision was 0003."""
    stored.add(store, REQUEST, TIMES)
    store.backup(tmp_path / "new.zip")
    with zipfile.ZipFile(tmp_path / "new.zip") as whole:
        about = json.loads(whole.read(archive.MANIFEST))
        head = json.loads(whole.read("experiment.jsonl"))
    about = about | {"revision": "0003"}
    for name in ("audit", "token", "machine"):
        del about["rows"][name]
    for name in ("beat", "stop_asked", "planned", "pruned", "target", "group"):
        del head[name]
    changed = {archive.MANIFEST: json.dumps(about).encode(), "experiment.jsonl": json.dumps(head).encode()}
    there.restore(rewritten(tmp_path / "new.zip", **changed))
    assert told(there, 1)["rows"] == told(store, 1)["rows"] and there.audit() == []


def rewritten(file: Path, **members: bytes) -> Path:
    """A copy of an archive in which some members are others."""
    copy = file.with_suffix(".changed.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            new.writestr(name, members.get(name, old.read(name)))
    return copy


# Room


def aged(store: Store, number: int, days: int) -> None:
    with store._writing() as connection:
        table = tables.experiments
        ended = datetime.now(UTC) - timedelta(days=days)
        connection.execute(table.update().where(table.c.id == number).values(ended=ended))


def test_batches_go_and_figures_stay(store: Store) -> None:
    old, young = (stored.add(store, REQUEST, TIMES) for _ in range(2))
    for number in (old, young):
        figures.keep(store, number)
    aged(store, old, 100)
    before = datetime.now(UTC) - timedelta(days=90)
    kept, held = store.figures(Filter()), store.older(before)
    assert held.experiments == 1 and held.batch_bytes > 1000
    assert store.forget_batches(before) == held
    assert store.forget_batches(before) == (0, 0)
    assert all(len(store.batches(run.id)) == 0 for run in store.runs(old))
    assert all(len(store.batches(run.id)) == run.batch_count for run in store.runs(young))
    assert store.figures(Filter()) == kept
    assert store.without_figures(99, 10) == [young]  # a newer analysis cannot work the old ones out anew
    pruned = store.experiment(old)
    assert pruned.pruned is not None and "Its batches were removed on" in origin(pruned)
    report = reports.load(store, old)
    assert report.pairs == () and all("were removed to make room" in said for said in report.hindrances.values())
    with pytest.raises(BadInput, match="were removed; export its figures as JSON or HTML"):
        gather(store, old)


def test_old_experiments_go_as_a_whole(store: Store) -> None:
    old, young, waits = stored.add(store, REQUEST, TIMES), stored.add(store, REQUEST, TIMES), None
    waits = store.add_experiment(REQUEST, "")
    for number in (old, waits):
        aged(store, number, 100)
    freed = store.forget(datetime.now(UTC) - timedelta(days=90))
    assert freed.experiments == 1 and freed.batch_bytes > 1000
    assert [one.id for one in store.experiments()] == [waits, young]
    assert store.runs(old) == [] and np.concatenate([store.batches(run.id) for run in store.runs(young)]).dtype == DTYPE
