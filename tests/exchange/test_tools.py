"""Exports for other tools: the tools themselves read them, and say what this program says.

A tool that is not installed (requirements-dev.txt has them) is left out.
"""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
import types
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from lenet.analysis import report as reports
from lenet.analysis.across import figures
from lenet.analysis.issue7439.answer import TODAY
from lenet.cli.main import main
from lenet.forms import FORMS
from lenet.home import Home
from lenet.records import Epoch, Request
from lenet.settings import Settings
from lenet.store import Store, open_store
from tests.helpers import stored
from tests.helpers.stored import BATCHES

FAST, SLOW, WRONG, GONE = "tensorflow_graph", "keras_fit", "numpy_reference", "keras_jax"
TIMES = {FAST: 2.0, SLOW: 3.0, WRONG: 1.0, GONE: 9.0}
GITHUB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "unit", "value"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "unit": {"type": "string", "minLength": 1},
            "value": {"type": "number"},
            "range": {"type": "string"},
            "extra": {"type": "string"},
        },
    },
}
"""What github-action-benchmark documents of `customSmallerIsBetter`."""


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with closing(open_store(home.database_url)) as store:
        yield store


@pytest.fixture
def number(store: Store) -> int:
    """A race in which one label failed its exam and one crashed."""
    request = Request((SLOW, FAST, WRONG, GONE), Settings.parse({"rounds": 3}))
    number = stored.add(store, request, TIMES, wrong=(WRONG,), failed=(GONE,))
    for run in store.runs(number):
        if run.label == FAST:
            store.add_epoch(Epoch(run.id, 1, 0.25, 0.91, BATCHES))
    return number


def exported(number: int, name: str, file: Path, *more: str) -> bytes:
    done = CliRunner().invoke(main, ["export", str(number), "--format", name, "--output", str(file), *more])
    assert (done.exit_code, done.output) == (0, f"Written to {file}.\n")
    return file.read_bytes()


def refused(*words: str) -> str:
    done = CliRunner().invoke(main, ["export", *words])
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    return done.stderr


def pyperf(*words: str | Path) -> str:
    command = [sys.executable, "-m", "pyperf", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def that_count(store: Store, number: int, label: str) -> list[pd.DataFrame]:
    """The batches of each run of a label that count."""
    batches = reports.load(store, number).batches
    return [batches[batches["run_id"] == run.id] for run in store.runs(number) if run.label == label]


def test_pyperf_reads_every_batch_and_says_the_same_mean(store: Store, number: int, tmp_path: Path) -> None:
    reader = pytest.importorskip("pyperf")
    exported(number, "pyperf", tmp_path / "all.json")
    suite = reader.BenchmarkSuite.load(str(tmp_path / "all.json"))
    table = reports.load(store, number).variants.set_index("label")
    assert suite.get_benchmark_names() == [FAST, SLOW]  # neither what is wrong nor what crashed
    for benchmark in suite:
        own = table.loc[benchmark.get_name()]
        assert benchmark.mean() == pytest.approx(own["mean_ms"] / 1e3, rel=1e-12)
        assert len(benchmark.get_runs()) == own["rounds"] == 3
        for run, counted in zip(benchmark.get_runs(), that_count(store, number, own.name), strict=True):
            assert run.values == pytest.approx(counted["ms"] / 1e3)
            left_out = run.get_metadata()["lenet_batches_after_pauses_left_out"]
            assert (len(run.warmups), left_out) == (25, BATCHES - 25 - len(counted)) and left_out > 0
    metadata = suite.get_benchmark(SLOW).get_metadata()
    assert metadata["hostname"] == "one" and metadata["tensorflow_version"] == "2.21.0"
    assert "not independent" in metadata["description"] and metadata["lenet_batch_size"] == 32
    said = pyperf("stats", tmp_path / "all.json")
    assert "Number of warmup per run: 25" in said and "Number of run with values: 3" in said
    assert f"{table.loc[SLOW, 'mean_ms']:.2f} ms" in said


def test_what_was_written_for_another_tool_is_not_taken_back(number: int, tmp_path: Path) -> None:
    exported(number, "pyperf", tmp_path / "all.json")
    done = CliRunner().invoke(main, ["import", str(tmp_path / "all.json")])
    assert done.exit_code == 2 and "written for pyperf to read; export the experiment as Parquet" in done.stderr


def test_pyperf_compares_two_labels_in_files_of_their_own(store: Store, number: int, tmp_path: Path) -> None:
    pytest.importorskip("pyperf")
    for label in (FAST, SLOW):
        exported(number, "pyperf", tmp_path / f"{label}.json", "--label", label)
    said = pyperf("compare_to", tmp_path / f"{FAST}.json", tmp_path / f"{SLOW}.json")
    table = reports.load(store, number).variants.set_index("label")
    assert f"{table.loc[SLOW, 'mean_ms'] / table.loc[FAST, 'mean_ms']:.2f}x slower" in said


def test_asv_reads_times_with_their_intervals(store: Store, number: int, tmp_path: Path) -> None:
    results = pytest.importorskip("asv.results")
    file = tmp_path / "one" / "abc.json"
    file.parent.mkdir()
    exported(number, "asv", file, "--commit", "abc123")
    read = results.Results.load(str(file), machine_name="one")
    assert (read.commit_hash, read.params["cpu"]) == ("abc123", "a test's")
    assert set(read.get_all_result_keys()) == {f"lenet.time_batch.{label}" for label in (FAST, SLOW)}
    own = reports.load(store, number).variants.set_index("label").loc[SLOW]
    name = f"lenet.time_batch.{SLOW}"
    (value,), (stats,) = read.get_result_value(name, []), read.get_result_stats(name, [])
    assert value == pytest.approx(own["batch_ms"] / 1e3)
    assert stats["ci_99_a"] < own["batch_low"] / 1e3 < stats["q_25"] < stats["q_75"]  # 99 % is wider than 95 %
    assert own["batch_high"] / 1e3 < stats["ci_99_b"]
    assert "none" in refused(str(number), "--format", "asv") and "--commit HASH" in refused(
        str(number), "--format", "asv"
    )


def test_the_action_has_times_and_ratios_to_the_first_label(store: Store, number: int, tmp_path: Path) -> None:
    values: list[dict[str, Any]] = json.loads(exported(number, "github", tmp_path / "out.json"))
    jsonschema.validate(values, GITHUB)
    report = reports.load(store, number)
    (pair,) = report.pairs
    assert [(one["name"], one["unit"]) for one in values] == [
        (FAST, "ms per batch"), (SLOW, "ms per batch"), (f"{FAST} / {SLOW}", "times as long"),
    ]  # fmt: skip
    assert values[0]["value"] == pytest.approx(report.variants.set_index("label").loc[FAST, "batch_ms"])
    assert values[2]["value"] == pytest.approx(1 / pair.ratio)
    low, high = map(float, values[2]["range"].removeprefix("95 % [").removesuffix("]").split(", "))
    assert low == pytest.approx(1 / pair.high, rel=1e-3) and high == pytest.approx(1 / pair.low, rel=1e-3)


def test_tensorboard_reads_loss_time_and_accuracy(
    store: Store, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With a module of this name its reader does without TensorFlow, and checks the sums itself.
    monkeypatch.setitem(sys.modules, "tensorboard.compat.notf", types.ModuleType("notf"))
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    packed = exported(number, "tensorboard", tmp_path / "logs.zip")
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        file.extractall(tmp_path / "logs")
    folder = tmp_path / "logs" / f"experiment-{number}"
    assert {place.name for place in folder.iterdir()} == {FAST, SLOW}
    read = loader.EventAccumulator(str(folder / FAST / "round-1"), size_guidance={"scalars": 0})
    read.Reload()
    assert set(read.Tags()["scalars"]) == {"batch/ms", "training/loss", "test/loss", "test/accuracy"}
    counted = that_count(store, number, FAST)[0]
    times = read.Scalars("batch/ms")
    assert [one.step for one in times] == (counted["batch"] + 1).tolist()
    assert [one.value for one in times] == pytest.approx(counted["ms"], rel=1e-6)
    assert [one.step for one in read.Scalars("training/loss")] == list(range(1, BATCHES + 1))
    (accuracy,) = read.Scalars("test/accuracy")
    assert (accuracy.step, accuracy.value) == (BATCHES, pytest.approx(0.91))
    assert np.all(np.diff([one.wall_time for one in times]) > 0)


def test_prometheus_is_told_the_newest_figure_of_each_label(store: Store, number: int) -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    stored.add_race(store, TODAY, 7.5, 6.1, settings={"batch_size": 64})
    later = stored.add(store, Request((SLOW, FAST), Settings.parse({"rounds": 3})), {SLOW: 4.0, FAST: 2.0})
    figures.fill(store)
    done = CliRunner().invoke(main, ["export", "--format", "prometheus"])
    assert done.exit_code == 0
    families = {one.name: one for one in parser.text_string_to_metric_families(done.stdout)}
    told = {
        (one.labels["label"], one.labels["circumstance"]): one.value for one in families["lenet_batch_seconds"].samples
    }
    own = {one.label: one for one in store.figures_of(later)}
    assert told[SLOW, own[SLOW].circumstance] == pytest.approx(own[SLOW].batch_ms / 1e3)
    assert len(told) == 4 and {label for label, _ in told} == {SLOW, FAST}  # in two circumstances each
    assert families["lenet_batch_seconds_low"].samples[0].labels["host"] == "one"
    assert all(math.isfinite(one.value) for family in families.values() for one in family.samples)


def test_what_cannot_be_told_is_refused_in_a_sentence(store: Store, number: int, tmp_path: Path) -> None:
    counts = stored.add_counts(store, TODAY, False)
    assert "was not timed" in refused(str(counts), "--format", "pyperf")
    assert f"it has {WRONG}, {FAST}" in refused(str(number), "--format", "pyperf", "--label", "keras_fti")
    assert "no time that may be compared" in refused(str(number), "--format", "github", "--label", WRONG)
    assert "Name the experiment" in refused("--format", "pyperf")
    assert "leave 1 out" in refused("1", "--format", "prometheus")
    assert "every label" in refused(str(number), "--format", "parquet", "--label", FAST)
    assert "leave it out with pyperf" in refused(str(number), "--format", "pyperf", "--commit", "abc")
    assert not FORMS["asv"].fits(store.experiment(number))  # no commit is known, so a page offers none
    assert not FORMS["pyperf"].fits(store.experiment(counts)) and FORMS["html"].fits(store.experiment(counts))
    assert list(tmp_path.glob("*.json")) == []
