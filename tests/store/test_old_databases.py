"""Databases of past versions, kept as SQL in `helpers/databases/`: each opens after every migration, nothing lost."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from lenet.analysis import report as reports
from lenet.analysis.why import findings
from lenet.records import Annotation, Filter, Request
from lenet.settings import Settings
from lenet.store import open_store, schema, tables
from lenet.store.engine import make_engine
from lenet.store.schema import MIGRATIONS
from tests.helpers.places import ROOT

FOLDER = ROOT / "tests" / "helpers" / "databases"
KEPT = sorted(FOLDER.glob("*.sql"))


def test_every_past_version_is_kept() -> None:
    revisions = {file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("0*.py")}
    assert {file.stem for file in KEPT} >= revisions - {tables.REVISION}


@pytest.fixture(params=KEPT, ids=lambda file: file.stem)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A database as an older version left it."""
    made = tmp_path / f"{request.param.stem}.db"
    with sqlite3.connect(made) as old:
        old.executescript(request.param.read_text(encoding="utf-8"))
    old.close()
    return made


@pytest.fixture
def old_url(url: str, file: Path) -> str:
    """The same in a database of either kind."""
    if not url.startswith("sqlite"):
        copy(file, url)
        return url
    return f"sqlite:///{file}"


def copy(file: Path, url: str) -> None:
    """Put an old database into PostgreSQL, as its version would have filled it there."""
    here, there = make_engine(file), make_engine(url)
    with here.connect() as source, there.begin() as goal:
        schema.upgrade(goal, file.with_suffix("").name)
        left, right = sa.MetaData(), sa.MetaData()
        left.reflect(source)
        right.reflect(goal)
        for table in right.sorted_tables:
            rows = [dict(row._mapping) for row in source.execute(left.tables[table.name].select())]
            if rows and table.name != schema.VERSION_TABLE:
                goal.execute(table.insert(), rows)
            if "id" in table.c:
                last = sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0) + 1).scalar_subquery()
                goal.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(table.name, "id"), last, False)))
    here.dispose()
    there.dispose()


def test_two_programs_upgrade_an_old_database_at_once(old_url: str) -> None:
    program = (
        "import sys; from lenet.store import open_store; import alembic.command; print('ready', flush=True);"
        "sys.stdin.readline(); s = open_store(sys.argv[1]); print(len(s.runs(1))); s.close()"
    )
    pipe, command = subprocess.PIPE, [sys.executable, "-W", "error", "-c", program, old_url]
    programs = [subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(2)]
    for process in programs:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in programs:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=120) for process in programs] == [("2\n", "")] * 2
    test_an_old_database_opens_and_tells_the_same(old_url)
    assert schema.state(old_url) == tables.REVISION


def test_an_old_database_opens_and_tells_the_same(old_url: str) -> None:
    with closing(open_store(old_url)) as store:
        report = reports.load(store, 1)
        (pair,) = report.pairs
        assert (pair.slow, pair.fast) == ("keras_fit", "tensorflow_graph")
        assert pair.ratio == pytest.approx(1.5, abs=0.01)
        assert list(report.runs["batches"]) == [50, 50]
        assert (report.experiment.request.instrument, report.experiment.request.plan) == ("race", {})
        assert all(run.evidence == {} for run in store.runs(1))


def test_an_old_database_has_a_history(old_url: str) -> None:
    with closing(open_store(old_url)) as store:
        known = store.search(Filter(variant="keras_fit")).experiments
        assert [one.id for one in known] == [1] and known[0].origin == {}
        assert store.annotation(1) == Annotation() and store.without_figures(1, 10) == [1]
        uids = {one.uid for one in store.experiments()}
        assert all(len(uid) == 32 for uid in uids) and len(uids) == len(store.experiments())
        new = store.add_experiment(Request(("keras_fit",), Settings.parse({}), instrument="law"), "a:1:1")
        assert new == len(uids) + 1 and store.experiment(new).request.instrument == "law"


def test_versions_and_hosts_of_old_runs_are_found(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    with sqlite3.connect(file) as old:
        old.executescript((FOLDER / "0002.sql").read_text(encoding="utf-8"))
    old.close()
    with closing(open_store(f"sqlite:///{file}")) as store:
        assert [one.id for one in store.search(Filter(version="tensorflow 2.21", host="one")).experiments] == [2, 1]
        assert store.search(Filter(version="tensorflow 2.2")).total == store.search(Filter(host="two")).total == 0
        assert store.choices().versions == ("keras 3.15.1", "numpy 2.4.6", "python 3.11.7", "tensorflow 2.21.0")
        (counted,) = findings.load(store, 2).counts
        assert counted.recreated is True


def test_a_migration_that_is_killed_leaves_the_old_database(file: Path) -> None:
    before = dump(file)
    program = (
        "import os, signal, sys; from alembic import op; from lenet.store import open_store\n"
        "def die(*given, **more): print('dies', flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
        "op.create_index = op.add_column = die; open_store(sys.argv[1])"
    )
    command = [sys.executable, "-c", program, f"sqlite:///{file}"]
    killed = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "dies\n"), killed.stderr
    assert dump(file) == before
    test_an_old_database_opens_and_tells_the_same(f"sqlite:///{file}")


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as database:
        return list(database.iterdump())
