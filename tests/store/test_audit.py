"""Each change that a desk accepts writes one row of the audit in its own transaction; one that fails writes none."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lenet.bench.queue import Queue
from lenet.cli.main import main
from lenet.errors import BadInput, Forbidden, LeNetError, StackError, StoreError
from lenet.exchange import as_parquet, gather
from lenet.home import Home, open_home
from lenet.hosting import policy
from lenet.hosting.config import Hosting
from lenet.hosting.desk import Desk
from lenet.hosting.identity import Role, User
from lenet.hosting.policy import Action
from lenet.records import Annotation, Machine, Request
from lenet.settings import Settings
from lenet.store import open_store, tables
from tests.helpers import stored

ADMIN, VIEWER = User("root@example.org", Role.ADMIN), User("vi@example.org", Role.VIEWER)
SMALL = Request(("numpy_reference",), Settings.parse({"images_per_epoch": 3200, "rounds": 1}))
BOX = Machine("b0b0", "box", "box", datetime.now(UTC))
ENDED, RUNNING, NONE = 1, 2, 99
"""Experiments of the store; and the number of none."""


class Builder:
    """An installer that has begun to build whatever is asked for, but 'odd'."""

    def start(self, name: str) -> None:
        if name == "odd":
            raise StackError("It cannot be built.")


@pytest.fixture
def queue(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    """A queue with an experiment that is over and one that another process runs."""
    monkeypatch.setenv("LENET_DATABASE_URL", url)
    with closing(Queue(open_home())) as opened:
        stored.add(opened.store, SMALL, {"numpy_reference": 2.0})
        stored.begin(opened.store, SMALL)
        opened.store.show_machine(BOX)
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> bytes:
    """An experiment that was raced elsewhere."""
    with closing(open_store(tmp_path / "elsewhere.db")) as elsewhere:
        return as_parquet(gather(elsewhere, stored.add(elsewhere, SMALL, {"numpy_reference": 2.0})))


def changes(desk: Desk, file: bytes, folder: Path) -> dict[Action, tuple[Callable[[], Any], Callable[[], Any]]]:
    """Action -> how it is asked for, and how it is asked for in vain."""
    soon = datetime.now(UTC) + timedelta(days=1)
    return {
        Action.START: (lambda: desk.submit(SMALL), lambda: desk.submit(Request((), SMALL.settings))),
        Action.IMPORT: (lambda: desk.import_(io.BytesIO(file)), lambda: desk.import_(io.BytesIO(b"no file"))),
        Action.STOP: (lambda: desk.stop(RUNNING), lambda: desk.stop(NONE)),
        Action.FORCE: (lambda: desk.force(RUNNING), lambda: desk.force(NONE)),
        Action.ANNOTATE: (
            lambda: desk.annotate(ENDED, Annotation("A title", tags=("ci",))),
            lambda: desk.annotate(ENDED, Annotation("x" * 1000)),
        ),
        Action.DELETE: (lambda: desk.delete(ENDED), lambda: desk.delete(RUNNING)),
        Action.INSTALL: (lambda: desk.install(Builder(), "tf1"), lambda: desk.install(Builder(), "odd")),
        Action.NAME_FOLDERS: (
            lambda: desk.name_folders([str(folder)]),
            lambda: desk.name_folders([str(folder / "none")]),
        ),
        Action.DRAIN: (lambda: desk.drain(BOX), lambda: desk.drain(replace(BOX, id="unknown"))),
        Action.OPERATE: (lambda: desk.prune(soon, False), lambda: desk.backup(folder / "no" / "folder")),
    }


ALL = (Action.START, Action.IMPORT, Action.STOP, Action.FORCE, Action.ANNOTATE, Action.DELETE, Action.INSTALL,
       Action.NAME_FOLDERS, Action.DRAIN, Action.OPERATE)  # fmt: skip


@pytest.mark.parametrize("action", ALL)
def test_each_change_writes_one_row(queue: Queue, file: bytes, tmp_path: Path, action: Action) -> None:
    done, in_vain = changes(Desk(queue, Hosting("hosted", auth="required"), ADMIN, "api"), file, tmp_path)[action]
    with pytest.raises(LeNetError):
        in_vain()
    assert queue.store.audit() == []
    done()
    (entry,) = queue.store.audit()
    assert (entry.user, entry.role, entry.via, entry.action, entry.outcome) == (
        ADMIN.name,
        "admin",
        "api",
        action,
        "done",
    )
    assert entry.at is not None and abs(datetime.now(UTC) - entry.at) < timedelta(hours=1)
    about = {Action.STOP: RUNNING, Action.FORCE: RUNNING, Action.ANNOTATE: ENDED, Action.DELETE: ENDED}
    made = {Action.START: 3, Action.IMPORT: 3}
    assert entry.experiment_id == (about | made).get(action)


@pytest.mark.parametrize("action", ALL)
def test_what_is_refused_is_written_down_and_changes_nothing(
    queue: Queue, file: bytes, tmp_path: Path, action: Action
) -> None:
    done, _ = changes(Desk(queue, Hosting("hosted", auth="required"), VIEWER), file, tmp_path)[action]
    before = rows(queue)
    with pytest.raises(Forbidden, match=f"^{VIEWER.name} is a viewer, and only an? .* may {action}"):
        done()
    (entry,) = queue.store.audit()
    assert (entry.user, entry.action, entry.outcome) == (VIEWER.name, action, "refused")
    assert rows(queue) == before


def test_a_restore_keeps_what_the_backup_knew_and_is_written_down(queue: Queue, tmp_path: Path) -> None:
    desk = Desk(queue, Hosting("hosted", auth="required"), ADMIN)
    desk.annotate(ENDED, Annotation("before"))
    desk.backup(tmp_path / "all.zip")
    desk.annotate(ENDED, Annotation("after"))
    desk.restore(tmp_path / "all.zip", replace=True)
    assert [entry.detail for entry in queue.store.audit()] == ["restore all.zip", "before"]
    assert queue.store.annotation(ENDED).title == "before"


def test_what_another_process_left_is_ended_without_a_row(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its end is stored as somebody asks for another thing, which fails."""
    cleared: list[int] = []
    monkeypatch.setattr(
        queue, "recover", lambda: cleared.append(1) or queue.store.end_experiment(RUNNING, "interrupted")
    )
    with pytest.raises(BadInput):
        Desk(queue, Hosting("hosted", auth="required"), ADMIN).stop(NONE)
    assert cleared == [1] and queue.store.audit() == []


@pytest.mark.parametrize("change", ["update", "delete"])
def test_what_stands_in_the_audit_stays(queue: Queue, change: str) -> None:
    desk = Desk(queue, Hosting("hosted", auth="required"), ADMIN)
    desk.annotate(ENDED, Annotation("a"))
    statement = tables.audit.update().values(user="another") if change == "update" else tables.audit.delete()
    with pytest.raises(StoreError, match="what is in the audit stays as it is"), queue.store._writing() as connection:
        connection.execute(statement)
    assert [entry.user for entry in queue.store.audit()] == [ADMIN.name]


def test_the_audit_by_user_time_and_number(queue: Queue) -> None:
    desk = Desk(queue, Hosting("hosted", auth="required"), ADMIN)
    for title in "abc":
        desk.annotate(ENDED, Annotation(title))
    with pytest.raises(Forbidden):
        Desk(queue, Hosting("hosted", auth="required"), VIEWER).audit()
    everything = desk.audit()
    assert [entry.outcome for entry in everything] == ["refused", "done", "done", "done"]
    assert desk.audit(user=VIEWER.name) == everything[:1] and desk.audit(limit=2) == everything[:2]
    assert desk.audit(before=everything[1].id) == everything[2:]
    assert desk.audit(since=everything[2].at) == everything[:3] and desk.audit(user="nobody") == []


def test_the_shell_writes_and_reads_it(home: Home) -> None:
    shell = CliRunner()
    with closing(Queue(home)) as queue:
        for _ in range(2):
            stored.add(queue.store, SMALL, {"numpy_reference": 2.0})
        waits = queue.store.add_experiment(SMALL, "")
        given = [["rename", "1", "A title"], ["tag", "1", "ci"], ["note", "1", "a note"], ["delete", "2", "--yes"],
                 ["stop", str(waits)], ["backup", str(home.root / "all.zip")],
                 ["prune", "--older-than", "0d", "--keep-figures", "--yes"]]  # fmt: skip
        for command in given:
            result = shell.invoke(main, command)
            assert result.exit_code == 0, result.output
    read = json.loads(shell.invoke(main, ["audit", "--json"]).stdout)
    assert read["format"] == "lenet-bench/audit"
    did = [(entry["action"], entry["experiment_id"], entry["via"], entry["user"]) for entry in read["entries"]]
    asked = [("annotate", 1)] * 3 + [("delete", 2), ("stop", waits), ("operate", None), ("operate", None)]
    assert did == [(*one, "shell", "local") for one in reversed(asked)]
    table = shell.invoke(main, ["audit", "--user", "local", "--since", "2026-01-01", "--limit", "2"]).stdout
    assert "prune what ended before" in table and "back up into all.zip" in table and "delete" not in table


def rows(queue: Queue) -> dict[str, Any]:
    """All that the database has, but the audit."""
    with queue.store.engine.connect() as connection:
        kept = (table for table in tables.metadata.sorted_tables if table is not tables.audit)
        return {table.name: connection.execute(table.select()).all() for table in kept}


def test_every_action_that_changes_something_is_in_the_table() -> None:
    reads = {Action.READ, Action.READ_LOGS, Action.AUDIT, Action.METRICS}
    elsewhere = {Action.SHARE, Action.GET_TOKEN, Action.REVOKE_TOKEN}  # tests of tokens and links
    assert set(ALL) == set(policy.LOWEST) - reads - elsewhere
