"""The store, on SQLite and (where LENET_TEST_POSTGRES_URL names a server) on PostgreSQL."""

from __future__ import annotations

import dataclasses
import io
import math
import os
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from lenet.errors import BadInput, StoreError
from lenet.records import EXPERIMENT_STATUSES, RUN_STATUSES, Annotation, Epoch, Figure, Filter, Paper, Parity, Request
from lenet.settings import Settings
from lenet.store import Store, codec, engine, open_store, schema, tables
from lenet.worker.tape import BEFORE, DTYPE

REQUEST = Request(("keras_fit", "keras_fit", "tensorflow_graph"), Settings(batch_size=64, threads=2), "quick", "Ada")
MACHINE = {"cpu": "8086", "cores": 2, "memory_bytes": 2**40, "governor": None}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test that is about SQLite alone has its database."""
    return tmp_path / "lenet.db"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.1)


@contextmanager
def bare_engine(url: str) -> Iterator[sa.Engine]:
    """The database as another program would open it."""
    address = sa.make_url(url)
    bare = sa.create_engine(address.set(drivername=engine.DRIVERS[address.get_backend_name()]))
    yield bare
    bare.dispose()


def tape(count: int = 100) -> np.ndarray:
    rows = np.zeros(count, DTYPE)
    rows["start"] = 2**62 + np.arange(count) * 1_000_003
    rows["end"] = rows["start"] + 999_999
    rows["loss"] = np.linspace(2.3, 0.1, count)
    rows["loss"][::7] = np.nan
    return rows


def add_run(store: Store, experiment_id: int, label: str = "keras_fit", round: int = 1) -> int:
    return store.add_run(
        experiment_id, round=round, label=label, variant="keras_fit", stack="main", source_hash="abc", folder="f/1"
    )


def recent(moment: datetime | None) -> bool:
    return moment is not None and moment.utcoffset() == timedelta(0) and datetime.now(UTC) - moment < timedelta(hours=1)


class TestRecords:
    def test_an_experiment_from_queue_to_end(self, store: Store) -> None:
        number = store.add_experiment(REQUEST, "host:1:2")
        queued = store.experiment(number)
        assert (queued.id, queued.request, queued.status, queued.owner) == (number, REQUEST, "queued", "host:1:2")
        assert recent(queued.created) and queued.started is queued.ended is None

        store.claim(number, MACHINE, "me")
        running = store.experiment(number)
        assert (running.status, running.machine) == ("running", MACHINE)
        assert recent(running.started) and running.ended is None

        store.end_experiment(number, "failed", "Keras fit crashed.")
        ended = store.experiment(number)
        assert (ended.status, ended.reason, ended.request) == ("failed", "Keras fit crashed.", REQUEST)
        assert recent(ended.ended) and ended.created <= ended.started <= ended.ended  # type: ignore[operator]

    def test_the_newest_finished_run_of_a_variant_in_a_stack(self, store: Store) -> None:
        first, second = (store.add_experiment(REQUEST, "me") for _ in range(2))
        assert store.newest_run("keras_fit", "main") is None
        older, newer, crashed, running = (
            add_run(store, number, round=place) for number, place in ((first, 1), (second, 1), (second, 2), (second, 3))
        )
        assert store.newest_run("keras_fit", "main") is None
        for run, status in ((newer, "finished"), (older, "finished"), (crashed, "crashed")):
            store.end_run(run, status, batches=tape())
        found = store.newest_run("keras_fit", "main")
        assert found is not None and running
        assert (found.id, found.experiment_id, found.status) == (newer, second, "finished")
        assert store.newest_run("keras_fit", "tf216") is store.newest_run("tensorflow_graph", "main") is None

    def test_a_run_that_was_counted_is_no_newest_time(self, store: Store) -> None:
        counted = store.add_experiment(dataclasses.replace(REQUEST, instrument="counts"), "me")
        run = add_run(store, counted)
        store.end_run(run, "finished", batches=tape())
        assert store.newest_run("keras_fit", "main") is None
        found = store.newest_run("keras_fit", "main", ("race", "counts"))
        assert found is not None and found.id == run

    def test_lists_are_newest_first_and_unfinished_oldest_first(self, store: Store) -> None:
        numbers = [store.add_experiment(REQUEST, "me") for _ in range(5)]
        store.claim(numbers[1], MACHINE, "me")
        store.end_experiment(numbers[3], "cancelled")
        assert [e.id for e in store.experiments()] == numbers[::-1]
        assert [e.id for e in store.experiments(limit=2)] == numbers[:2:-1]
        assert [e.id for e in store.experiments(limit=2, before=numbers[3])] == [numbers[2], numbers[1]]
        assert store.owners() == ["me"] and [e.id for e in store.running()] == [numbers[1]]
        assert [e.id for e in store.pending()] == [numbers[0], numbers[1], numbers[2], numbers[4]]

    def test_a_list_may_be_of_some_instruments(self, store: Store) -> None:
        asked = [dataclasses.replace(REQUEST, instrument=name) for name in ("race", "ladder", "law", "race")]
        numbers = [store.add_experiment(request, "me") for request in asked]
        assert [e.id for e in store.experiments(instruments=("race",))] == [numbers[3], numbers[0]]
        assert [e.id for e in store.experiments(instruments=("law", "ladder"), before=numbers[2])] == [numbers[1]]

    def test_a_run_with_everything(self, store: Store) -> None:
        number = store.add_experiment(REQUEST, "me")
        run_id = add_run(store, number, "keras_fit~2", round=2)
        (running,) = store.runs(number)
        assert (running.status, running.label, running.round, running.folder) == ("running", "keras_fit~2", 2, "f/1")
        assert recent(running.started) and running.ended is None and len(store.batches(run_id)) == 0

        facts = {"versions": {"keras": "3.15"}, "device": "cpu", "jit": False, "nested": [1, None, "ä"]}
        phases, load = {"import": 1.5, "build": 0.25}, {"load1": 0.5, "cores": [0, 1]}
        details = {"reason": "r", "log": "l", "facts": facts, "phases": phases, "load": load, "peak_memory": 2**35}
        store.end_run(run_id, "crashed", batches=tape(), **details)  # type: ignore[arg-type]
        (ended,) = store.runs(number)
        assert dataclasses.asdict(ended).items() >= details.items()
        assert (ended.status, ended.batch_count, ended.stack, ended.source_hash) == ("crashed", 100, "main", "abc")
        assert recent(ended.ended) and ended.started == running.started

    def test_batches_come_back_bit_by_bit(self, store: Store) -> None:
        run_id = add_run(store, store.add_experiment(REQUEST, "me"))
        rows = tape(22_500)
        store.end_run(run_id, "finished", batches=rows)
        assert store.batches(run_id).dtype == DTYPE
        assert store.batches(run_id).tobytes() == rows.tobytes()

    def test_a_run_may_end_without_a_batch(self, store: Store) -> None:
        number = store.add_experiment(REQUEST, "me")
        store.end_run(add_run(store, number), "unavailable", batches=np.empty(0, DTYPE))
        (run,) = store.runs(number)
        assert (run.batch_count, len(store.batches(run.id)), run.facts) == (0, 0, {})

    def test_epochs_keep_a_loss_that_is_no_number(self, store: Store) -> None:
        number, other = store.add_experiment(REQUEST, "me"), store.add_experiment(REQUEST, "me")
        run_id = add_run(store, number)
        store.add_epoch(Epoch(run_id, 2, math.nan, 0.1, 200))
        store.add_epoch(Epoch(run_id, 1, math.inf, 0.9, 100))
        store.add_epoch(Epoch(add_run(store, other), 1, 0.5, 0.5, 100))
        first, second = store.epochs(number)
        assert first == Epoch(run_id, 1, math.inf, 0.9, 100)
        assert math.isnan(second.test_loss) and second.epoch == 2

    def test_parity_answers_replace_older_ones(self, store: Store) -> None:
        missing = Parity("k1", "keras_fit", False, math.nan, "", 1e-5, "It crashed.", "crashed")
        store.add_parity(missing)
        assert math.isnan(store.parity("k1").difference)  # type: ignore[union-attr]
        papers = (Paper(20, 8, 1e-5), Paper(5, 32, 1e-5))
        good = Parity("k1", "keras_fit", True, 3e-8, "conv1_bias", 1e-5, papers=papers)
        store.add_parity(good)
        unlike = Parity("k2", "numpy_reference", False, math.inf, "conv1_kernel", 1e-5)
        store.add_parity(unlike)
        assert store.parity("k1") == good
        assert store.parity("k3") is None
        assert store.parities(["k1", "k2", "k3"]) == {"k1": good, "k2": unlike}
        assert store.parities([]) == {}

    def test_parity_keys_of_an_experiment(self, store: Store) -> None:
        number = store.add_experiment(REQUEST, "me")
        assert store.parity_keys(number) == {}
        store.set_parity_keys(number, {"keras_fit": "k1", "keras_fit~2": "k1"})
        assert store.parity_keys(number) == {"keras_fit": "k1", "keras_fit~2": "k1"}
        with pytest.raises(StoreError, match="no experiment 99"):
            store.set_parity_keys(99, {})

    def test_settings_that_came_later_have_their_default(self, store: Store) -> None:
        number = store.add_experiment(REQUEST, "me")
        old = {name: value for name, value in REQUEST.settings.as_dict().items() if name != "allocator"}
        with store.engine.begin() as connection:
            connection.execute(tables.experiments.update().values(settings=old | {"gone": 1}))
        assert store.experiment(number).request.settings == REQUEST.settings

    def test_what_a_crashed_process_printed_is_kept(self, store: Store) -> None:
        number = store.add_experiment(REQUEST, "me")
        log, facts = "a\0b \udcff \N{SNOWMAN}", {"nan": math.nan, "deep": [math.inf, 1.5], "text": "\0 \ud800"}
        store.end_run(add_run(store, number), "crashed", log=log, facts=facts, batches=tape())
        (run,) = store.runs(number)
        assert run.log == "a\N{REPLACEMENT CHARACTER}b ? \N{SNOWMAN}"
        assert run.facts == {"nan": None, "deep": [None, 1.5], "text": "\0 \ud800"}


class TestRefusals:
    @pytest.mark.parametrize("number", [0, -1, 99, 2**31, 10**30])
    def test_an_unknown_experiment(self, store: Store, number: int) -> None:
        with pytest.raises(BadInput, match="python -m lenet list"):
            store.experiment(number)

    def test_an_unknown_experiment_or_run_to_write_to(self, store: Store) -> None:
        with pytest.raises(StoreError, match="no experiment 99"):
            add_run(store, 99)
        assert not store.claim(99, {}, "me")
        with pytest.raises(StoreError, match="no run 99"):
            store.end_run(99, "finished", batches=tape())
        with pytest.raises(StoreError, match="no run 99"):
            store.add_epoch(Epoch(99, 1, 1, 1, 1))
        with pytest.raises(StoreError, match="no run 99"):
            store.batches(99)
        assert store.runs(99) == store.epochs(99) == []

    def test_what_is_over_stays_as_it_ended(self, store: Store) -> None:
        number = store.add_experiment(REQUEST, "me")
        run_id = add_run(store, number)
        store.end_run(run_id, "finished", batches=tape(3))
        with pytest.raises(StoreError, match=f"run {run_id} is finished"):
            store.end_run(run_id, "crashed", batches=tape(5))
        store.end_experiment(number, "cancelled", "stopped")
        with pytest.raises(StoreError, match=f"experiment {number} is cancelled"):
            store.end_experiment(number, "finished")
        assert not store.claim(number, {}, "me")
        assert (store.runs(number)[0].status, len(store.batches(run_id))) == ("finished", 3)
        assert (store.experiment(number).status, store.experiment(number).reason) == ("cancelled", "stopped")

    def test_a_status_must_be_in_the_list_and_be_an_end(self, store: Store) -> None:
        number = store.add_experiment(REQUEST, "me")
        run_id = add_run(store, number)
        for status in ("done", "running", "queued"):
            with pytest.raises(StoreError):
                store.end_run(run_id, status, batches=tape())
            with pytest.raises(StoreError):
                store.end_experiment(number, status)
        assert (store.experiment(number).status, store.runs(number)[0].status) == ("queued", "running")

    def test_a_label_once_a_round(self, store: Store) -> None:
        number = store.add_experiment(REQUEST, "me")
        add_run(store, number)
        with pytest.raises(StoreError, match="report it"):
            add_run(store, number)
        assert len(store.runs(number)) == 1

    def test_a_run_and_its_batches_go_in_together_or_not_at_all(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run_id = add_run(store, store.add_experiment(REQUEST, "me"))

        def refuse(connection: sa.Connection, number: int, facts: object) -> None:
            connection.execute(sa.text("SELECT * FROM no_such_table"))

        monkeypatch.setattr(store, "_add_packages", refuse)
        with pytest.raises(StoreError):
            store.end_run(run_id, "finished", batches=tape(9))
        (run,) = store.runs(1)
        assert (run.status, run.batch_count, len(store.batches(run_id))) == ("running", 0, 0)

    def test_what_was_ended_from_afar_still_takes_its_batches_from_whoever_ran_it(self, store: Store) -> None:
        run_id = add_run(store, store.add_experiment(REQUEST, "me"))
        store.end_run(run_id, "interrupted", reason="Ended far away.", batches=tape(0))
        store.end_run(run_id, "cancelled", batches=tape(9))
        assert (store.runs(1)[0].status, len(store.batches(run_id))) == ("cancelled", 9)
        with pytest.raises(StoreError, match="is cancelled"):
            store.end_run(run_id, "finished", batches=tape(5))

    @pytest.mark.parametrize("spoil", [lambda b: b[:-30], lambda b: b"", lambda b: b[:200] + b"x" + b[201:]])
    def test_a_damaged_column(self, store: Store, spoil: Callable[[bytes], bytes]) -> None:
        run_id = add_run(store, store.add_experiment(REQUEST, "me"))
        store.end_run(run_id, "finished", batches=tape())
        with store.engine.begin() as connection:
            connection.execute(tables.batches.update().values(rows=spoil(codec.pack(tape()))))
        with pytest.raises(StoreError, match="damaged"):
            store.batches(run_id)

    def test_batches_of_before_there_was_cpu_time_open(self) -> None:
        before = tape()[["start", "end", "loss"]].astype(BEFORE)
        old = io.BytesIO()
        np.savez_compressed(old, batches=before)
        found = codec.unpack(old.getvalue())
        assert found.dtype == DTYPE and not found["cpu"].any()
        assert all(np.array_equal(found[name], before[name], equal_nan=name == "loss") for name in BEFORE.names)

    def test_a_column_never_runs_what_is_in_it(self) -> None:
        planted = io.BytesIO()
        np.savez(planted, batches=np.array([print], object))
        with pytest.raises(StoreError, match="damaged"):
            codec.unpack(planted.getvalue())
        other = io.BytesIO()
        np.savez(other, batches=np.zeros(3))
        with pytest.raises(StoreError, match="form"):
            codec.unpack(other.getvalue())


def other_default(context, inspected, column, found, wanted, rendered):
    """Whether the defaults differ, by their texts: PostgreSQL has no equality for JSON, Alembic none for ''."""
    texts = [None if text is None else text.partition("::")[0].strip("()'") for text in (found, rendered)]
    return texts[0] != texts[1]


class TestSchema:
    @pytest.fixture(autouse=True)
    def tables_by_migrations(self, tables_by_copy: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("lenet.store.store.migrate", schema.migrate)

    def test_migrations_lead_to_the_tables(self, store: Store) -> None:
        options = {"compare_type": True, "compare_server_default": other_default, "version_table": schema.VERSION_TABLE}
        with store.engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection, opts=options), tables.metadata) == []
            assert schema.revision(connection) == tables.REVISION
        assert ScriptDirectory(str(schema.MIGRATIONS)).get_heads() == [tables.REVISION]

    def test_the_comparison_sees_a_difference(self, store: Store) -> None:
        with store.engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE run DROP COLUMN peak_memory"))
            options = {"version_table": schema.VERSION_TABLE}
            assert compare_metadata(MigrationContext.configure(connection, opts=options), tables.metadata)

    @pytest.mark.parametrize(
        ("table", "statuses"), [("experiment", EXPERIMENT_STATUSES), ("run", RUN_STATUSES), ("parity", RUN_STATUSES)]
    )
    def test_statuses_are_closed_lists(self, store: Store, table: str, statuses: tuple[str, ...]) -> None:
        (check,) = sa.inspect(store.engine).get_check_constraints(table)
        assert check["name"] == f"ck_{table}_status"
        assert set(re.findall(r"'(\w+)'", check["sqltext"])) == set(statuses)

    def test_opening_again_keeps_everything(self, url: str, store: Store) -> None:
        number = store.add_experiment(REQUEST, "me")
        with closing(open_store(url)) as again:
            assert again.experiment(number).request == REQUEST

    def test_a_newer_database_is_refused(self, url: str, store: Store) -> None:
        with store.engine.begin() as connection:
            connection.execute(sa.text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'"))
        with pytest.raises(StoreError, match="newer LeNet Bench .*update LeNet Bench"):
            open_store(url)

    def test_another_programs_table_is_left_alone(self, url: str) -> None:
        with bare_engine(url) as other:
            with other.begin() as connection:
                connection.execute(sa.text("CREATE TABLE run (distance INTEGER)"))
            with pytest.raises(StoreError, match="'run'.*of its own"):
                open_store(url)
            assert sa.inspect(other).get_table_names() == ["run"]

    def test_two_programs_open_a_new_database_at_once(self, url: str) -> None:
        program = (
            "import sys; from lenet.store import open_store; import alembic.command; print('ready', flush=True);"
            "sys.stdin.readline(); s = open_store(sys.argv[1]); print(len(s.experiments())); s.close()"
        )
        command = [sys.executable, "-W", "error", "-c", program, url]
        pipe = subprocess.PIPE
        programs = [subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(3)]
        for process in programs:
            assert process.stdout and process.stdout.readline() == "ready\n"
        for process in programs:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [process.communicate(timeout=60) for process in programs]
        assert answers == [("0\n", "")] * 3

    def test_a_migration_that_fails_leaves_nothing(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*args: object, **kwargs: object) -> None:
            raise sa.exc.OperationalError("CREATE", {}, Exception("planted"))

        with monkeypatch.context() as planted:
            planted.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", fail)
            with pytest.raises(StoreError, match="planted"):
                open_store(url)
        with bare_engine(url) as other:
            assert sa.inspect(other).get_table_names() == []
        open_store(url).close()


class TestAnnotations:
    def test_they_are_written_beside_and_change_nothing_else(self, store: Store) -> None:
        number = add_ended(store)
        before = store.experiment(number)
        assert store.annotation(number) == Annotation()
        store.annotate(number, Annotation(" Before  the update ", " a\nb ", ("ci", " ci ", "", "base line")))
        assert store.annotation(number) == Annotation("Before the update", "a\nb", ("base line", "ci"))
        store.annotate(number, Annotation("After"))
        other = add_ended(store)
        assert store.annotations([number, other, 99]) == {number: Annotation("After")}
        assert store.experiment(number) == before

    @pytest.mark.parametrize(
        "annotation",
        [Annotation(title="x" * 201), Annotation(note="x" * 10_001), Annotation(tags=("x" * 51,)),
         Annotation(tags=tuple(map(str, range(21))))],
    )  # fmt: skip
    def test_what_is_too_long(self, store: Store, annotation: Annotation) -> None:
        number = add_ended(store)
        with pytest.raises(BadInput, match="at most"):
            store.annotate(number, annotation)
        assert store.annotation(number) == Annotation()

    def test_beside_nothing(self, store: Store) -> None:
        with pytest.raises(BadInput, match="no experiment 99"):
            store.annotate(99, Annotation("x"))


def add_ended(store: Store, host: str = "one", versions: str = "2.21.0", **changes: object) -> int:
    """An experiment that is over, with one run."""
    request = dataclasses.replace(REQUEST, **changes)  # type: ignore[arg-type]
    number = store.add_experiment(request, "me")
    store.claim(number, {**MACHINE, "host": host}, "me")
    facts = {"python": "3.11.7", "packages": {"tensorflow": versions}}
    store.end_run(add_run(store, number), "finished", batches=tape(), facts=facts)
    store.end_experiment(number, "finished")
    return number


class TestHistory:
    def test_each_filter_alone_and_all_together(self, store: Store) -> None:
        first = add_ended(store, submitter="Ada", variants=("keras_fit",))
        second = add_ended(store, host="two", versions="2.22.1", submitter="Bo_b", instrument="law")
        third = store.add_experiment(dataclasses.replace(REQUEST, variants=("numpy_reference",), submitter="me"), "me")
        store.annotate(first, Annotation("A 100% title", "and a NOTE", ("ci", "nightly")))
        later = store.experiment(second).created

        def found(**wanted: object) -> list[int]:
            page = store.search(Filter(**wanted))  # type: ignore[arg-type]
            assert page.total == len(page.experiments)
            return [one.id for one in page.experiments]

        assert found() == [third, second, first]
        assert found(variant="keras_fit") == found(stack="main") == [second, first]
        assert found(variant="keras_fit", stack="tf216") == found(variant="keras") == []
        assert (
            found(version="tensorflow 2.21") == found(version="tensorflow==2.21.0") == found(version="2.21") == [first]
        )
        assert found(version="2.2") == found(version="keras 2.21") == found(version="%") == []
        assert found(version="python 3.11.7") == [second, first]
        assert found(host="two") == found(submitter="Bo_b") == found(instrument="law") == [second]
        assert found(tag="ci") == [first] and found(tag="c") == found(tag='ci", "nightly') == []
        assert found(text="note") == found(text="100%") == found(text="NIGHT") == found(text="ada") == [first]
        assert found(text="o_b") == [second] and found(text="x_b") == found(text="100_") == []
        assert found(text="numpy_ref") == [third] and found(text="two") == [second]
        assert found(since=later) == [third, second] and found(until=later) == [first]
        everything = {"variant": "keras_fit", "stack": "main", "version": "2.21", "host": "one", "submitter": "Ada"}
        assert found(**everything, tag="ci", text="title", instrument="race", until=later) == [first]

    def test_it_comes_in_pages(self, store: Store) -> None:
        numbers = [add_ended(store) for _ in range(5)]
        first = store.search(Filter(limit=2))
        assert [one.id for one in first.experiments] == numbers[:2:-1] and first.total == 5
        second = store.search(Filter(limit=2, before=first.experiments[-1].id))
        assert [one.id for one in second.experiments] == [numbers[2], numbers[1]] and second.total == 5

    def test_what_there_is_to_filter_by(self, store: Store) -> None:
        assert store.choices().variants == store.choices().tags == ()
        number = add_ended(store)
        add_ended(store, host="two", instrument="ladder", submitter="Bo")
        store.annotate(number, Annotation(tags=("b", "a")))
        there = store.choices()
        assert (there.variants, there.stacks, there.hosts) == (("keras_fit",), ("main",), ("one", "two"))
        assert (there.tags, there.submitters, there.instruments) == (("a", "b"), ("Ada", "Bo"), ("ladder", "race"))
        assert there.versions == ("python 3.11.7", "tensorflow 2.21.0")

    @pytest.mark.parametrize("text", ["' OR 1=1 --", '"; DROP TABLE run; --', "\\", "\0", "\ud800", "%", "x" * 100_000])
    def test_words_that_are_no_filter(self, store: Store, text: str) -> None:
        add_ended(store)
        for name in ("variant", "stack", "version", "host", "submitter", "tag", "text", "instrument"):
            assert store.search(Filter(**{name: text})).total == 0  # type: ignore[arg-type]


def figure(number: int, created: datetime, label: str = "keras_fit", **values: object) -> Figure:
    plain = {"variant": "keras_fit", "stack": "main", "batch_ms": 2.0, "low": 1.9, "high": 2.1, "rounds": 3,
             "batches": 300, "circumstance": "c", "versions": {"keras": "3.15.1"}, "instrument": "race",
             "submitter": "Ada", "host": "one", "cpu": "8086"}  # fmt: skip
    return Figure(experiment_id=number, label=label, created=created, **{**plain, **values})  # type: ignore[arg-type]


class TestFigures:
    def test_they_come_back_as_they_were_put(self, store: Store) -> None:
        number = add_ended(store)
        created = store.experiment(number).created
        one = figure(number, created)
        two = figure(number, created, "keras_fit~2", low=math.inf, high=1e300, batch_ms=3.0)
        store.put_figures(number, [two, one], 1)
        assert store.figures(Filter()) == [one, two]
        store.put_figures(number, [dataclasses.replace(one, batch_ms=math.nan)], 2)
        (again,) = store.figures(Filter())
        assert math.isnan(again.batch_ms) and dataclasses.replace(again, batch_ms=2.0) == one
        with pytest.raises(StoreError, match="no experiment 99"):
            store.put_figures(99, [], 1)

    def test_a_series_is_the_newest_figures_oldest_first(self, store: Store) -> None:
        numbers = [add_ended(store) for _ in range(4)]
        for number in numbers:
            created = store.experiment(number).created
            rest = (
                {"variant": "other"} if number == numbers[1] else {"circumstance": "d"} if number == numbers[2] else {}
            )
            store.put_figures(number, [figure(number, created, **rest)], 1)

        def found(circumstance: str = "", **wanted: object) -> list[int]:
            return [each.experiment_id for each in store.figures(Filter(**wanted), circumstance)]  # type: ignore[arg-type]

        assert found() == numbers and found(limit=2) == numbers[2:]
        assert found("c", variant="keras_fit") == [numbers[0], numbers[3]]
        assert found(variant="keras_fit", limit=1) == [numbers[3]]
        store.annotate(numbers[0], Annotation(tags=("ci",)))
        assert found(tag="ci") == found(until=store.experiment(numbers[1]).created) == [numbers[0]]
        assert found(version="tensorflow 2.21") == numbers and found(version="2.20") == found(host="two") == []
        assert store.circumstances("keras_fit") == {"c": 2, "d": 1} and store.circumstances("none") == {}

    def test_which_are_still_to_be_worked_out(self, store: Store) -> None:
        first, second, third = (add_ended(store, instrument=name) for name in ("race", "counts", "ladder"))
        store.add_experiment(REQUEST, "me")
        assert store.without_figures(1, 10) == [third, first] and store.without_figures(1, 1) == [third]
        store.put_figures(third, [], 1)
        assert store.without_figures(1, 10) == [first] and store.without_figures(2, 10) == [third, first]
        assert second


class TestWhole:
    def test_what_is_deleted_is_gone_with_all_that_was_its_own(self, store: Store) -> None:
        number, other = add_ended(store), add_ended(store)
        store.add_epoch(Epoch(store.runs(number)[0].id, 1, 0.5, 0.9, 100))
        store.annotate(number, Annotation("x"))
        store.put_figures(number, [figure(number, store.experiment(number).created)], 1)
        store.add_parity(Parity("k", "keras_fit", True, 0.0, "", 1e-5))
        store.delete(number)
        with pytest.raises(BadInput, match=f"no experiment {number}"):
            store.experiment(number)
        assert store.runs(number) == store.epochs(number) == store.figures(Filter()) == []
        assert store.parity("k") is not None  # it is of the program, not of the experiment
        assert [one.id for one in store.experiments()] == [other] and len(store.runs(other)) == 1
        with store.engine.connect() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(tables.batches)) == 1

    def test_its_number_is_never_given_again(self, store: Store) -> None:
        numbers = [add_ended(store) for _ in range(3)]
        for number in numbers[1:]:
            store.delete(number)
        assert store.add_experiment(REQUEST, "me") == numbers[-1] + 1

    def test_what_is_not_over_stays(self, store: Store) -> None:
        queued, running = (store.add_experiment(REQUEST, "me") for _ in range(2))
        store.claim(running, MACHINE, "me")
        for number, status in ((queued, "queued"), (running, "running")):
            with pytest.raises(BadInput, match=f"is {status}; stop it first"):
                store.delete(number)
        with pytest.raises(BadInput, match="no experiment 99"):
            store.delete(99)
        assert len(store.experiments()) == 2

    def test_an_experiment_comes_in_whole_and_once(self, store: Store) -> None:
        number = add_ended(store)
        original, runs = store.experiment(number), store.runs(number)
        other = dataclasses.replace(original, uid="0" * 32, origin={"host": "far", "id": 7, "imported": "2026"})
        rest = ({runs[0].id: tape(5)}, [Epoch(runs[0].id, 1, math.nan, 0.5, 5)], {}, Annotation("x", "", ("ci",)))
        added = store.add_experiment_whole(other, runs, *rest)
        got = store.experiment(added)
        assert got == dataclasses.replace(other, id=added, owner="", beat=None)
        (run,) = store.runs(added)
        assert run.id != runs[0].id and len(store.batches(run.id)) == 5 and len(store.epochs(added)) == 1
        assert store.search(Filter(tag="ci", version="2.21")).total == 1
        for known in (other, original):
            with pytest.raises(BadInput, match="already here as experiment"):
                store.add_experiment_whole(known, runs, *rest)
        assert len(store.experiments()) == 2 and len(store.runs(added)) == 1

    def test_every_experiment_has_a_name_of_its_own(self, store: Store) -> None:
        for _ in range(3):
            store.add_experiment(REQUEST, "me")
        names = {one.uid for one in store.experiments()}
        assert len(names) == 3 and all(re.fullmatch("[0-9a-f]{32}", name) for name in names)


def test_the_columns_of_a_figure_are_its_fields() -> None:
    assert [column.name for column in tables.figures.columns] == [field.name for field in dataclasses.fields(Figure)]


class TestManyAtOnce:
    def test_many_writers_lose_nothing(self, store: Store) -> None:
        number = store.add_experiment(REQUEST, "me")
        errors: list[BaseException] = []

        def write(thread: int) -> None:
            try:
                for round in range(5):
                    run_id = add_run(store, number, f"v~{thread}", round)
                    store.add_epoch(Epoch(run_id, 1, 0.5, 0.5, 10))
                    store.add_parity(Parity("same", "v", True, 0.0, "", 1e-5))
                    store.end_run(run_id, "finished", batches=tape(10 + thread))
                    assert len(store.batches(run_id)) == 10 + thread
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert len(store.runs(number)) == len(store.epochs(number)) == 40
        assert {run.status for run in store.runs(number)} == {"finished"}

    def test_only_one_of_many_ends_a_run(self, store: Store) -> None:
        run_id = add_run(store, store.add_experiment(REQUEST, "me"))
        outcomes: list[str] = []

        def end(count: int) -> None:
            try:
                store.end_run(run_id, "finished", batches=tape(count))
                outcomes.append(str(count))
            except StoreError:
                outcomes.append("refused")

        threads = [threading.Thread(target=end, args=(n,)) for n in range(1, 7)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (won,) = [outcome for outcome in outcomes if outcome != "refused"]
        assert len(outcomes) == 6 and len(store.batches(run_id)) == int(won)

    def test_a_list_of_runs_never_loads_batches(self, store: Store) -> None:
        number = store.add_experiment(REQUEST, "me")
        store.end_run(add_run(store, number), "finished", batches=tape())
        statements: list[str] = []
        sa.event.listen(store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        assert len(store.runs(number)) == 1
        assert any("FROM run" in statement for statement in statements)
        assert not any("batches.rows" in statement or "FROM batches" in statement for statement in statements)

    def test_a_lock_that_another_program_holds(self, url: str, impatient: None) -> None:
        lock = "BEGIN IMMEDIATE" if url.startswith("sqlite") else "LOCK TABLE experiment"
        with closing(open_store(url)) as store, bare_engine(url) as other:
            with other.connect() as connection:
                connection.exec_driver_sql(lock)
                with pytest.raises(StoreError, match="busy with another program's write; try again"):
                    store.add_experiment(REQUEST, "me")
            assert store.experiments() == []
            assert store.add_experiment(REQUEST, "me")


class TestSqlite:
    def test_how_connections_are_set(self, file: Path) -> None:
        with closing(open_store(f"sqlite:///{file}")) as store, store.engine.connect() as connection:
            pragma = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
        assert pragma == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 5000}

    def test_a_locked_database(self, file: Path, impatient: None) -> None:
        with closing(open_store(f"sqlite:///{file}")) as store, closing(sqlite3.connect(file)) as other:
            number = store.add_experiment(REQUEST, "me")
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreError, match="busy with another program's write; try again"):
                store.add_experiment(REQUEST, "me")
            assert [e.id for e in store.experiments()] == [number]  # a reader never waits
            other.rollback()
            assert store.add_experiment(REQUEST, "me") == number + 1

    def test_a_new_database_that_is_locked(self, file: Path, impatient: None) -> None:
        with closing(sqlite3.connect(file)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreError, match="busy"):
                open_store(f"sqlite:///{file}")
        open_store(f"sqlite:///{file}").close()

    def test_the_switch_to_wal_is_tried_again(self, impatient: None) -> None:
        class Contended:
            """SQLite as it answers, without a wait, while another program switches the same new database."""

            def __init__(self, busy: float) -> None:
                self.busy, self.calls = busy, 0

            def execute(self, statement: str) -> None:
                self.calls += 1
                if self.calls <= self.busy:
                    error = sqlite3.OperationalError("database is locked")
                    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                    raise error

        for_a_moment = Contended(2)
        engine._switch_to_wal(for_a_moment)  # type: ignore[arg-type]
        assert for_a_moment.calls == 3
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            engine._switch_to_wal(Contended(math.inf))  # type: ignore[arg-type]

    def test_a_full_disk(self, file: Path) -> None:
        with closing(open_store(f"sqlite:///{file}")) as store:
            number = store.add_experiment(REQUEST, "me")
            run_id = add_run(store, number)
            store.engine.dispose()
            sa.event.listen(store.engine, "connect", lambda c, _: c.execute("PRAGMA max_page_count = 1").close())
            with pytest.raises(StoreError, match="no room left on its disk; free some space"):
                store.end_run(run_id, "finished", batches=np.frombuffer(os.urandom(24 * 9_000), DTYPE))
            assert store.experiment(number).request == REQUEST
            (run,) = store.runs(number)
            assert (run.status, len(store.batches(run_id))) == ("running", 0)
        with closing(open_store(f"sqlite:///{file}")) as store:
            store.end_run(run_id, "finished", batches=tape())
            assert len(store.batches(run_id)) == 100

    @pytest.mark.parametrize("content", [b"this is not a database " * 99, b"SQLite format 3\0" + b"\x7f" * 9_000])
    def test_a_file_that_is_no_database(self, file: Path, content: bytes) -> None:
        file.write_bytes(content)
        with pytest.raises(StoreError, match="is not a database|is damaged"):
            open_store(f"sqlite:///{file}")
        assert file.read_bytes() == content

    def test_pages_that_are_damaged(self, file: Path) -> None:
        with closing(open_store(f"sqlite:///{file}")) as store:
            store.add_experiment(REQUEST, "me")
        size = file.stat().st_size
        with file.open("r+b") as raw:
            raw.seek(4096)
            raw.write(b"\xff" * (size - 4096))
        with pytest.raises(StoreError, match="is damaged"), closing(open_store(f"sqlite:///{file}")) as store:
            store.experiments()

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="cannot be opened; check that its folder exists"):
            open_store(f"sqlite:///{tmp_path / 'no' / 'lenet.db'}")

    def test_a_database_that_may_only_be_read(self, file: Path) -> None:
        with closing(open_store(f"sqlite:///{file}")) as store:
            store.engine.dispose()
            sa.event.listen(store.engine, "connect", lambda c, _: c.execute("PRAGMA query_only = 1").close())
            with pytest.raises(StoreError, match="cannot be written; check its permissions"):
                store.add_experiment(REQUEST, "me")


class TestAddresses:
    @pytest.mark.parametrize("url", ["", "nonsense", "mysql://a@b/c", "postgresql://u@h:port/d", "oracle+x://"])
    def test_one_it_cannot_use(self, url: str) -> None:
        with pytest.raises(StoreError, match="LENET_DATABASE_URL must be sqlite:///FILE or postgresql://"):
            open_store(url)

    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
    def test_sqlite_must_be_a_file(self, url: str) -> None:
        with pytest.raises(StoreError, match="must be a file"):
            open_store(url)

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
    def test_a_server_that_does_not_answer(self, scheme: str) -> None:
        with pytest.raises(StoreError, match=r"does not answer .*LENET_DATABASE_URL") as caught:
            open_store(f"{scheme}://ada:secret@127.0.0.1:1/lenet")
        assert "secret" not in str(caught.value)
        assert "\n" not in str(caught.value)
