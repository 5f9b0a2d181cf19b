"""Experiments that travel as Parquet files: they arrive as they left, and a hostile file does no harm."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import math
import os
import pickle
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from lenet import catalog, files, instruments, requests
from lenet.analysis import export
from lenet.analysis import report as reports
from lenet.analysis.issue7439.answer import TODAY
from lenet.analysis.why import findings
from lenet.cli.main import main
from lenet.errors import BadInput, LeNetError, StoreError
from lenet.exchange import Bundle, as_parquet, checks, gather, import_bundle, parquet, read_parquet
from lenet.exchange.document import as_document
from lenet.home import Home
from lenet.records import Annotation, Epoch, Paper, Parity, Request
from lenet.settings import Settings
from lenet.store import Store, open_store
from lenet.worker.tape import DTYPE
from tests.document.test_document import HOSTILE, Page, experiment_page
from tests.helpers import stored

Change = Callable[[dict[str, Any]], Any]
NOTE = Annotation("Before the update", "Two lines\nof note", ("baseline", "ci"))


@pytest.fixture
def here(home: Home) -> Iterator[Store]:
    """The store that experiments are raced in."""
    with closing(open_store(home.database_url)) as store:
        yield store


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Store]:
    """An empty store on another machine."""
    with closing(open_store(f"sqlite:///{tmp_path / 'there.db'}")) as store:
        yield store


def race(store: Store, **values: Any) -> int:
    """A race with all that may go wrong: a label that crashed, losses and accuracies that are no numbers."""
    request = Request(("tensorflow_graph", "keras_fit", "keras_fit", "numpy_reference"), Settings.parse({"rounds": 2}))
    times = {"tensorflow_graph": 2.0, "keras_fit": 3.0, "numpy_reference": 9.0}
    number = stored.add(store, request, times, failed=("numpy_reference",), **values)
    first, second, *_ = store.runs(number)
    store.add_epoch(Epoch(first.id, 1, math.nan, 0.1 + 0.2, 100))
    store.add_epoch(Epoch(second.id, 1, math.inf, 0.91, 220))
    papers = (Paper(20, 8, 1e-5), Paper(5, 32, 1e-5))
    store.add_parity(Parity("odd", "keras_fit", False, math.inf, "conv1_kernel", 1e-5, "It was wrong.", papers=papers))
    store.set_parity_keys(number, {**store.parity_keys(number), "keras_fit~2": "odd"})
    store.annotate(number, NOTE)
    return number


def every_instrument(store: Store) -> list[int]:
    stored.add_everything(store)
    stored.add(store, requests.noise_request("keras_fit", 4, {"rounds": 2}), {"keras_fit": 2.0})
    stored.add(store, requests.profile_request(("keras_fit",), {}), {"keras_fit": 2.0})
    return [race(store), *(experiment.id for experiment in store.experiments(limit=20))]


def moved(here: Store, there: Store, number: int) -> int:
    return import_bundle(there, read_parquet(io.BytesIO(as_parquet(gather(here, number)))))


# As it was


def test_every_figure_is_the_same_to_the_digit(here: Store, there: Store) -> None:
    race(there)  # so that no number is the same in both
    moves = {number: moved(here, there, number) for number in dict.fromkeys(every_instrument(here))}
    for number, arrived in moves.items():  # when all have come: a race stands beside its machine's noise floor
        one, other = reports.load(here, number), reports.load(there, arrived)
        for name in ("runs", "variants", "epochs", "batches"):
            left, right = (getattr(report, name).drop(columns="run_id", errors="ignore") for report in (one, other))
            pd.testing.assert_frame_equal(left, right, check_exact=True)
        assert (one.pairs, one.verdicts, dict(one.hindrances)) == (other.pairs, other.verdicts, dict(other.hindrances))
        assert plain(export.as_json(one)) == plain(export.as_json(other))
        if instruments.of(one.experiment.request).asks_why:
            found = [findings.as_json(findings.load(store, at)) for store, at in ((here, number), (there, arrived))]
            assert plain(found[0]) == plain(found[1])
    assert {one.request.instrument for one in there.experiments()} == {*instruments.INSTRUMENTS}


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Without the numbers of experiments: they are another database's, also where the noise floor's source is named."""
    del values["experiment"]["id"]
    for measured in values.get("noise", []):
        del measured["experiment"]
    return {name: value for name, value in values.items() if name != "beside"}


def test_the_raw_record_is_the_same_bit_by_bit(here: Store, there: Store) -> None:
    number = race(here, machine={"host": "far", "cpu": "its", "cores": 2, "gpus": [], "new": {"deep": [1.5, None]}})
    arrived = moved(here, there, number)
    sent, got = here.experiment(number), there.experiment(arrived)
    same = ("request", "status", "reason", "created", "started", "ended", "machine", "uid")
    assert [getattr(sent, name) for name in same] == [getattr(got, name) for name in same]
    assert {name: got.origin[name] for name in ("host", "id")} == {"host": "far", "id": number}
    assert got.owner == "" and sent.origin == {}
    assert there.annotation(arrived) == NOTE
    for before, after in zip(here.runs(number), there.runs(arrived), strict=True):
        assert here.batches(before.id).tobytes() == there.batches(after.id).tobytes()
        own = {"id": 0, "experiment_id": 0, "folder": ""}
        assert dataclasses.replace(before, **own) == dataclasses.replace(after, **own)


def test_exported_again_it_is_the_same_file(here: Store, there: Store) -> None:
    for number in dict.fromkeys(every_instrument(here)):
        assert as_parquet(gather(there, moved(here, there, number))) == as_parquet(gather(here, number))


def test_cpu_time_travels_and_files_of_before_have_none(here: Store) -> None:
    bundle = gather(here, race(here))
    for rows in bundle.batches.values():
        rows["cpu"][5::6] = 12_345_678
    file = as_parquet(bundle)
    there = read_parquet(io.BytesIO(file))
    assert all(np.array_equal(there.batches[n], rows) for n, rows in bundle.batches.items())
    table = pq.read_table(io.BytesIO(file))
    assert table["cpu"].to_numpy().sum() == sum(rows["cpu"].sum() for rows in bundle.batches.values()) > 0
    before = io.BytesIO()
    document = pq.ParquetFile(io.BytesIO(file)).metadata.metadata[parquet.KEY]
    with pq.ParquetWriter(before, parquet.BEFORE, store_schema=False) as writer:
        writer.write_table(table.select(parquet.BEFORE.names).cast(parquet.BEFORE))
        writer.add_key_value_metadata({parquet.KEY: document})
    old = read_parquet(before)
    assert all(not rows["cpu"].any() for rows in old.batches.values())
    assert all(np.array_equal(old.batches[n]["end"], rows["end"]) for n, rows in bundle.batches.items())


def test_a_negative_cpu_time_is_refused(here: Store) -> None:
    document, rows = taken_apart(here, race(here))
    rows["cpu"][3] = -1
    with pytest.raises(BadInput, match="the CPU time of a run's turn is below 0"):
        read_parquet(forged(document, rows))


def test_any_tool_reads_its_batches(here: Store, tmp_path: Path) -> None:
    number = race(here)
    stored.to_parquet(here, number, tmp_path / "one.parquet")
    table = pd.read_parquet(tmp_path / "one.parquet")
    second = here.batches(here.runs(number)[1].id)
    assert list(table.columns) == ["run", "start", "end", "loss", "cpu"]
    assert (table[table["run"] == 2]["end"].to_numpy() == second["end"]).all()
    assert [file.name for file in tmp_path.glob("*.parquet")] == ["one.parquet"]


def test_its_versions_host_and_text_are_found_there(here: Store, there: Store) -> None:
    from lenet.records import Filter

    arrived = moved(here, there, race(here))
    wanted = Filter(variant="keras_fit", stack="main", version="keras 3.15", host="one", tag="ci", text="UPDATE")
    assert [found.id for found in there.search(wanted).experiments] == [arrived]


def test_it_is_taken_in_once(here: Store, there: Store) -> None:
    number = race(here)
    bundle = gather(here, number)
    race(there)
    assert import_bundle(there, bundle) == 2
    for store, known in ((there, 2), (here, number)):
        with pytest.raises(BadInput, match=f"already here as experiment {known}; .* show {known}"):
            import_bundle(store, bundle)
    assert len(there.experiments()) == 2 and len(here.experiments()) == 1
    there.delete(2)
    assert import_bundle(there, bundle) == 3


def test_nothing_of_it_decides_over_what_is_raced_there(here: Store, there: Store) -> None:
    number = race(here)
    keys = here.parity_keys(number)
    arrived = moved(here, there, number)
    assert there.parities(keys.values()) == {} and there.parity_keys(arrived).keys() == keys.keys()
    assert here.newest_run("keras_fit", "main") is not None
    assert there.newest_run("keras_fit", "main") is None
    assert there.pending() == []
    there.delete(arrived)
    assert rows_in(there) == 0


def rows_in(store: Store) -> int:
    """Rows of all tables but the list of numbers that are gone."""
    from lenet.store import tables

    with store.engine.connect() as connection:
        names = set(tables.metadata.tables) - {"deleted"}
        return sum(connection.scalar(sa.text(f'SELECT COUNT(*) FROM "{name}"')) or 0 for name in names)


@pytest.mark.parametrize("status", ["queued", "running"])
def test_what_is_not_over_is_not_exported(here: Store, status: str) -> None:
    number = here.add_experiment(Request(("keras_fit",), Settings.parse({})), "me")
    if status == "running":
        here.claim(number, {}, "me")
    with pytest.raises(BadInput, match=f"is {status}; export it when it has ended"):
        gather(here, number)


def test_an_experiment_without_a_run_travels_too(here: Store, there: Store) -> None:
    number = here.add_experiment(Request(("keras_fit",), Settings.parse({})), "me")
    here.end_experiment(number, "cancelled", "It was stopped.")
    arrived = there.experiment(moved(here, there, number))
    assert (arrived.status, arrived.reason, arrived.started, arrived.machine) == (
        "cancelled",
        "It was stopped.",
        None,
        {},
    )


def test_a_program_that_nobody_knows_here_is_shown_as_it_was(here: Store, there: Store) -> None:
    document, rows = taken_apart(here, race(here))
    text = json.dumps(document).replace("keras_fit", "keras_of_tomorrow").replace('"main"', '"tf999"')
    arrived = import_bundle(there, read_parquet(forged(json.loads(text), rows)))
    report = reports.load(there, arrived)
    assert "keras_of_tomorrow" in set(report.runs["title"]) and {*report.runs["stack"]} == {"tf999"}
    assert len(report.pairs) == 1 and report.pairs[0].slow == "keras_of_tomorrow"
    assert "keras_of_tomorrow" in experiment_page(there, arrived)
    assert there.pending() == []


# Hostile records


def taken_apart(store: Store, number: int) -> tuple[dict[str, Any], np.ndarray]:
    bundle = gather(store, number)
    rows = np.concatenate([np.empty(0, DTYPE), *(bundle.batches[run.id] for run in bundle.runs)])
    return json.loads(json.dumps(as_document(bundle))), rows


def forged(document: dict[str, Any] | str, rows: np.ndarray, counts: list[int] | None = None) -> io.BytesIO:
    """A file as somebody may write it who keeps to the format and to nothing else."""
    text = document if isinstance(document, str) else json.dumps(document)
    if counts is None:
        assert isinstance(document, dict)
        counts = [run["batches"] for run in document["runs"]]
    numbers = np.repeat(np.arange(1, len(counts) + 1, dtype=np.int32), counts)[: len(rows)]
    columns = [pa.array(numbers), *(pa.array(np.ascontiguousarray(rows[name])) for name in DTYPE.names)]
    return io.BytesIO(parquet._packed(pa.Table.from_arrays(columns, schema=parquet.SCHEMA), text.encode()))


def put(*path: Any, value: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        inner = document
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value

    return change


def rename(entry: str) -> Change:
    """Another name for the variant in the first place, wherever it stands."""

    def change(document: dict[str, Any]) -> None:
        document["experiment"]["variants"][0] = entry
        for run in document["runs"]:
            if run["label"] == "tensorflow_graph":
                run["label"], run["variant"] = entry, entry.partition("+")[0].partition("@")[0]
        document["parities"][entry] = document["parities"].pop("tensorflow_graph")

    return change


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def twice(document: dict[str, Any]) -> None:
    document["runs"][1] = {**document["runs"][0]}


def two_answers(document: dict[str, Any]) -> None:
    answers = document["parities"]
    answers["keras_fit"] = {**answers["tensorflow_graph"], "equivalent": not answers["tensorflow_graph"]["equivalent"]}


def counts_of_another_form(document: dict[str, Any]) -> None:
    document["experiment"]["instrument"] = "counts"
    document["runs"][0]["evidence"] = {"counts": 1}


RUN, ASKED = ("runs", 0), "experiment"
REFUSED: dict[str, tuple[Change, str]] = {
    "path in a name": (rename("../../../etc/passwd"), "not the name of a variant"),
    "absolute path": (rename("/etc/passwd"), "not the name of a variant"),
    "path in a stack": (rename("keras_fit@../../x"), "not the name of a variant"),
    "html in a name": (rename("<script>alert(1)</script>"), "not the name of a variant"),
    "newline after a name": (rename("keras_fit\n"), "not the name of a variant"),
    "code for a setting": (rename("keras_fit+batch_size=__import__('os')"), "not the name of a variant"),
    "unknown setting of an entry": (rename("keras_fit+shell=x"), "is not a setting of one entry"),
    "a label of nobody": (put(*RUN, "label", value="keras_xla"), "not a label of its variants"),
    "another variant's label": (put(*RUN, "variant", value="keras_xla"), "names another variant"),
    "a folder": (put(*RUN, "folder", value="../../x"), "record-1.json.*runs/0"),
    "a class to make": (put("__class__", value="os.system"), "record-1.json"),
    "no uid": (put(ASKED, "uid", value="1 OR 1=1"), "experiment/uid"),
    "unknown version": (put("version", value=2), "version 2.*update LeNet Bench"),
    "no version": (put("version", value=None), "at version"),
    "another format": (put("format", value="lenet-bench/experiment"), "at format"),
    "unknown instrument": (put(ASKED, "instrument", value="telepathy"), "telepathy.*update LeNet Bench"),
    "a ladder without a plan": (put(ASKED, "instrument", value="ladder"), "cannot be worked out"),
    "counts of another form": (counts_of_another_form, "cannot be worked out"),
    "still running": (put(ASKED, "status", value="running"), "experiment/status"),
    "a run still running": (put(*RUN, "status", value="running"), "runs/0/status"),
    "memory of 10^30": (put(*RUN, "peak_memory", value=10**30), "whole number is too large"),
    "memory below zero": (put(*RUN, "peak_memory", value=-1), "peak_memory"),
    "round of 2^40": (put(*RUN, "round", value=2**40), "runs/0/round"),
    "batch size of 10^9": (put(ASKED, "settings", "batch_size", value=10**9), "Batch size must be"),
    "unknown setting": (put(ASKED, "settings", "turbo", value=1), "no setting 'turbo'"),
    "no threads": (put(ASKED, "settings", "threads", value=0), "settings/threads"),
    "a billion batches": (put(*RUN, "batches", value=10**9), "more batches than its settings plan"),
    "batches below zero": (put(*RUN, "batches", value=-5), "runs/0/batches"),
    "a word for a number": (put(*RUN, "phases", "import", value="soon"), "phases/import"),
    "packages as a list": (put(*RUN, "facts", "packages", value=["a"]), "facts/packages"),
    "no date": (put(ASKED, "created", value="yesterday"), "date in its record"),
    "date without a zone": (put(ASKED, "created", value="2026-01-01T00:00:00"), "date in its record"),
    "date before time": (put(ASKED, "created", value="0001-01-01T00:00:00+14:00"), "date in its record"),
    "nested deeply": (put(ASKED, "machine", "cpus", value=nested(300)), "nested too deeply|not JSON"),
    "nested beyond reason": (put(ASKED, "machine", "cpus", value=nested(900)), "nested too deeply|not JSON"),
    "a terminal's commands": (put(ASKED, "reason", value="\x1b[2J\x1b]0;owned\x07"), "not text"),
    "half a character": (put(ASKED, "machine", "host", value="\ud800"), "not text"),
    "NUL in a log": (put(*RUN, "log", value="a\0b"), "not text"),
    "a key that is no text": (put(ASKED, "machine", "\x00", value=1), "not text"),
    "a run twice": (twice, "same run twice"),
    "an epoch of no run": (put("epochs", 0, "run", value=99), "not there"),
    "an epoch twice": (put("epochs", 1, "run", value=1), "same epoch twice"),
    "two answers of one key": (two_answers, "one key"),
    "a title without end": (put("annotation", "title", value="x" * 201), "annotation/title"),
    "a reason without end": (put(ASKED, "reason", value="x" * 10_001), "experiment/reason"),
    "many tags": (put("annotation", "tags", value=[str(n) for n in range(21)]), "annotation/tags"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_record_is_refused_in_one_sentence(here: Store, there: Store, name: str) -> None:
    change, said = REFUSED[name]
    document, rows = taken_apart(here, race(here))
    assert read_parquet(forged(copy.deepcopy(document), rows)).runs  # it is the change that is refused
    counts = [run["batches"] for run in document["runs"]]
    change(document)
    with pytest.raises(BadInput, match=said) as caught:
        import_bundle(there, read_parquet(forged(json.dumps(document), rows, counts), "odd.parquet"))
    assert str(caught.value).startswith("odd.parquet cannot be imported: ") and len(str(caught.value)) < 600
    assert str(caught.value).isprintable()
    assert rows_in(there) == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [('"version": 1', '"version": NaN'), ('"version": 1', '"version": 1e999'), ('"version": 1', '"version": -Infinity'),
     ('"version": 1', f'"version": {"9" * 5000}'), ('{"format"', '[' * 100_000 + '{"format"'), ("}", "")],
)  # fmt: skip
def test_text_that_is_no_json(here: Store, old: str, new: str) -> None:
    document, rows = taken_apart(here, race(here))
    text = json.dumps(document).replace(old, new, 1)
    with pytest.raises(BadInput, match="not JSON|record-1.json"):
        read_parquet(forged(text, rows, [run["batches"] for run in document["runs"]]))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: rows["start"].__setitem__(0, -(2**63)),
        lambda rows: rows["end"].__setitem__(5, 2**63 - 1),
        lambda rows: rows["end"].__setitem__(5, 0),
        lambda rows: rows["start"].__setitem__(slice(None), 0),
    ],
)
def test_times_that_run_backwards(here: Store, spoil: Callable[[np.ndarray], None]) -> None:
    document, rows = taken_apart(here, race(here))
    spoil(rows)
    with pytest.raises(BadInput, match="run backwards"):
        read_parquet(forged(document, rows))


def test_losses_may_be_anything(here: Store, there: Store) -> None:
    document, rows = taken_apart(here, race(here))
    rows["loss"][:6] = (math.inf, -math.inf, math.nan, 1e308, -0.0, 5e-324)
    arrived = import_bundle(there, read_parquet(forged(document, rows)))
    assert there.batches(there.runs(arrived)[0].id)["loss"][:6].tobytes() == rows["loss"][:6].tobytes()


def test_batches_of_another_run(here: Store) -> None:
    document, rows = taken_apart(here, race(here))
    counts = [run["batches"] for run in document["runs"]]
    with pytest.raises(BadInput, match="order of its runs"):
        read_parquet(forged(document, rows, [counts[0] - 1, counts[1] + 1, *counts[2:]]))


# Hostile files


@pytest.fixture
def whole(here: Store) -> bytes:
    return as_parquet(gather(here, race(here)))


def test_a_file_that_was_cut_off(whole: bytes) -> None:
    for share in range(20):
        with pytest.raises(BadInput, match="not a Parquet file, or a damaged one"):
            read_parquet(io.BytesIO(whole[: len(whole) * share // 20]))


def test_a_file_with_a_wrong_byte_is_refused_or_reads_as_something_whole(whole: bytes) -> None:
    generator = np.random.default_rng(7439)
    outcomes = set()
    for place in generator.integers(0, len(whole), 150):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1 << int(generator.integers(8))
        try:
            outcomes.add(type(read_parquet(io.BytesIO(bytes(spoilt)))))
        except BadInput:
            outcomes.add(BadInput)
    assert BadInput in outcomes and outcomes <= {BadInput, Bundle}


class Boom:
    """What would run something, were it unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def disguises(mark: Path) -> dict[str, bytes]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("../../out.txt", "out")
    array = io.BytesIO()
    np.save(array, np.array([Boom(mark)], object), allow_pickle=True)
    pickled = pickle.dumps(Boom(mark))
    return {
        "empty": b"",
        "zip": archive.getvalue(),
        "pickle": pickled,
        "pickle between the marks": b"PAR1" + pickled + len(pickled).to_bytes(4, "little") + b"PAR1",
        "numpy": array.getvalue(),
        "json": b'{"format": "lenet-bench/record"}',
        "marks alone": b"PAR1PAR1",
        "no end of the footer": b"PAR1" + b"\xff" * 100 + b"\xff\xff\xff\x7fPAR1",
        "encrypted": b"PARE" + bytes(100) + b"PARE",
        "noise": bytes(np.random.default_rng(1).integers(0, 256, 5000, np.uint8)),
    }


@pytest.mark.parametrize("name", disguises(Path()))
def test_something_else_in_disguise_is_never_opened(tmp_path: Path, name: str) -> None:
    mark, file = tmp_path / "ran", tmp_path / "race.parquet"
    file.write_bytes(disguises(mark)[name])
    sentence = r"race.parquet cannot be imported: it is not a Parquet file, or a damaged one\."
    with pytest.raises(BadInput, match=sentence):
        read_parquet(file)
    assert not mark.exists() and not (tmp_path.parent / "out.txt").exists()


def other_table(**columns: pa.Array) -> bytes:
    file = io.BytesIO()
    table = pa.table({"run": pa.array([1], pa.int32()), "start": [1], "end": [2], "loss": [0.5], **columns})
    pq.write_table(table.replace_schema_metadata({parquet.KEY: b"{}"}), file)
    return file.getvalue()


@pytest.mark.parametrize(
    "columns",
    [
        {},  # they may be null
        {"loss": pa.array(["0.5"])},
        {"start": pa.array([1.0])},
        {"run": pa.array([1], pa.int64())},
        {"run": pa.array([[1]], pa.list_(pa.int32()))},
        {"more": pa.array([1])},
        {"loss": pa.array(["a"]).dictionary_encode()},
        {"end": pa.array([2], pa.timestamp("ns"))},
    ],
)
def test_columns_of_another_kind(columns: dict[str, pa.Array]) -> None:
    with pytest.raises(BadInput, match="other columns than run, start, end, loss and cpu"):
        read_parquet(io.BytesIO(other_table(**columns)))


def test_a_table_without_a_record(here: Store) -> None:
    file = io.BytesIO()
    with pq.ParquetWriter(file, parquet.SCHEMA, store_schema=False) as writer:
        writer.write_table(parquet.SCHEMA.empty_table())
    with pytest.raises(BadInput, match="holds no record of an experiment"):
        read_parquet(io.BytesIO(file.getvalue()))


@pytest.mark.parametrize(
    ("where", "limit", "said"),
    [(checks, "ROWS", "batches, and at most 100 are read"), (parquet, "FILE_BYTES", "it is larger than"),
     (checks, "DOCUMENT_BYTES", "its record is larger than"), (parquet, "COLUMN_BYTES", "unpack to more than")],
)  # fmt: skip
def test_more_than_is_ever_read(
    whole: bytes, monkeypatch: pytest.MonkeyPatch, where: Any, limit: str, said: str
) -> None:
    assert read_parquet(io.BytesIO(whole)).runs
    monkeypatch.setattr(where, limit, 100)
    monkeypatch.setattr(parquet, "_columns", lambda *given: pytest.fail("it was unpacked before its size was known"))
    with pytest.raises(BadInput, match=said):
        read_parquet(io.BytesIO(whole))


def test_more_than_is_read_is_not_written(here: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    number = race(here)
    monkeypatch.setattr(checks, "ROWS", 100)
    with pytest.raises(BadInput, match=f"Experiment {number} cannot be exported: it has .* batches"):
        as_parquet(gather(here, number))


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir, os.mkfifo])
def test_no_file_at_all(tmp_path: Path, make: Callable[[Path], Any]) -> None:
    path = tmp_path / "none.parquet"
    make(path)
    with pytest.raises(BadInput, match="There is no file"):
        read_parquet(path)


# What it says is shown, and is never markup


def hostile(here: Store, there: Store) -> int:
    document, rows = taken_apart(here, race(here))
    document["experiment"]["machine"] = {"host": HOSTILE, "cpu": HOSTILE, "platform": HOSTILE}
    document["experiment"] |= {"reason": f"[/nothing] [red] {HOSTILE}", "status": "failed", "submitter": HOSTILE}
    document["experiment"]["origin"]["host"] = HOSTILE
    document["annotation"] = {"title": HOSTILE[:200], "note": HOSTILE, "tags": [HOSTILE[:50]]}
    for run in document["runs"]:
        run["facts"] = {"packages": {HOSTILE: HOSTILE}, HOSTILE: HOSTILE}
        run["reason"] = f"[/nothing] {HOSTILE}"
        run["log"] = HOSTILE
    return import_bundle(there, read_parquet(forged(document, rows)))


def test_html_is_read_as_it_was_written(here: Store, there: Store) -> None:
    page = Page(experiment_page(there, hostile(here, there)))
    assert page.wrong == []
    assert len([kind for kind, _ in page.scripts if kind is None]) == 2
    assert not [tag for tag, _ in page.elements if tag in ("img", "a", "iframe")]
    assert "".join(page.words).count(HOSTILE) >= 8


def test_a_shell_prints_it_as_text(here: Store, there: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    number = hostile(here, there)
    monkeypatch.setenv("LENET_DATABASE_URL", there.engine.url.render_as_string())
    for command in (["list"], ["show", str(number)], ["export", str(number)], ["show", "--markdown", str(number)]):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.output
    assert "[/nothing]" in CliRunner().invoke(main, ["show", str(number)]).output


def test_a_shell_and_a_document_name_the_machine(here: Store, there: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    stored.add_everything(here)
    monkeypatch.setenv("LENET_DATABASE_URL", there.engine.url.render_as_string())
    for one in here.experiments():
        arrived = moved(here, there, one.id)
        said = f"Raced on one as its experiment {one.id}; imported"
        assert said in CliRunner().invoke(main, ["show", str(arrived)]).output
        assert said in "".join(Page(experiment_page(there, arrived)).words)
        assert "Raced on" not in experiment_page(here, one.id)


# A death in the middle


def test_an_import_that_is_killed_leaves_nothing(here: Store, there: Store, tmp_path: Path) -> None:
    file = tmp_path / "race.parquet"
    stored.to_parquet(here, race(here), file)
    program = (
        "import os, signal, sys; from pathlib import Path; from lenet.store import import_delete, open_store;"
        "from lenet.exchange import import_bundle, read_parquet; add, calls = import_delete._add_run, []\n"
        "def die(*given):\n"
        "    if len(calls) == 3: print('dies', flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
        "    calls.append(1); return add(*given)\n"
        "import_delete._add_run = die; import_bundle(open_store(sys.argv[1]), read_parquet(Path(sys.argv[2])))"
    )
    url = there.engine.url.render_as_string()
    killed = subprocess.run(
        [sys.executable, "-c", program, url, str(file)], capture_output=True, text=True, timeout=120
    )
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "dies\n"), killed.stderr
    assert rows_in(there) == 0
    assert import_bundle(there, read_parquet(file)) == 1


def test_an_import_onto_a_full_disk_leaves_nothing(here: Store, there: Store) -> None:
    bundle = gather(here, race(here))
    there.engine.dispose()
    sa.event.listen(there.engine, "connect", lambda c, _: c.execute("PRAGMA max_page_count = 1").close())
    with pytest.raises(StoreError, match="no room left"):
        import_bundle(there, bundle)
    assert rows_in(there) == 0


def test_an_export_that_fails_leaves_what_was_there(
    here: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    file = folder / "race.parquet"
    file.write_bytes(b"older")

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as out:
            out.write(content[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(LeNetError, match="No space left on device"):
        stored.to_parquet(here, race(here), file)
    assert [(one.name, one.read_bytes()) for one in folder.iterdir()] == [("race.parquet", b"older")]
    assert files.__doc__


# The commands


def test_export_and_import_in_a_shell(here: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = race(here)
    file = tmp_path / "race.parquet"
    done = CliRunner().invoke(main, ["export", str(number), "--format", "parquet", "--output", str(file)])
    assert (done.exit_code, done.output) == (0, f"Written to {file}.\n")
    again = CliRunner().invoke(main, ["import", str(file)])
    assert again.exit_code == 2 and f"already here as experiment {number}" in again.output
    figures = CliRunner().invoke(main, ["export", str(number)]).output

    monkeypatch.setenv("LENET_HOME", str(tmp_path / "elsewhere"))
    done = CliRunner().invoke(main, ["import", str(file)])
    assert (done.exit_code, done.output) == (
        0,
        f"Imported as experiment 1; it was raced on one as experiment {number}.\n",
    )
    assert json.loads(CliRunner().invoke(main, ["export", "1"]).output)["pairs"] == json.loads(figures)["pairs"]


def test_export_as_html_in_a_shell(here: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = race(here)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["export", str(number), "--format", "html"])
    assert (done.exit_code, done.output) == (0, f"Written to experiment-{number}.html.\n")
    page = Page((tmp_path / f"experiment-{number}.html").read_text(encoding="utf-8"))
    assert page.wrong == [] and len(page.charts) >= 4 and "Before the update" in page.words


@pytest.mark.parametrize(
    ("words", "said"),
    [(["import", "no.parquet"], "There is no file"), (["export", "99", "--format", "parquet"], "no experiment 99"),
     (["export", "1", "--format", "csv"], "'csv' is not one of"), (["import"], "Missing argument")],
)  # fmt: skip
def test_what_cannot_be_done_is_one_sentence(home: Home, words: list[str], said: str) -> None:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2 and said in result.output and "Traceback" not in result.output


def test_the_titles_of_a_page_are_of_the_catalogue(here: Store) -> None:
    number = stored.add_race(here, TODAY, 6.0, 4.0)
    words = "".join(Page(experiment_page(here, number)).words)
    assert catalog.title(TODAY.keras) in words and "Circumstances" in words
