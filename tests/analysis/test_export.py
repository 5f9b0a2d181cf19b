"""The JSON of an experiment keeps to its published schema."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import orjson
import pytest

import lenet
from lenet.analysis import report as reports
from lenet.analysis.export import as_json
from lenet.records import Epoch
from lenet.settings import OPTIONS
from tests.helpers.tapes import experiment, passed, race, raced, run, settings

SCHEMA = json.loads((Path(lenet.__file__).parent / "schema" / "experiment-1.json").read_text(encoding="utf-8"))
GRAPH, FIT, EAGER = "tensorflow_graph", "keras_fit", "tensorflow_eager"


def checked(data: dict[str, Any]) -> dict[str, Any]:
    """`data` after a trip through a JSON writer that refuses NaN, and held against the schema."""
    text = json.dumps(data, allow_nan=False)
    assert json.loads(orjson.dumps(data)) == json.loads(text) == data
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(SCHEMA, format_checker=checker).validate(data)
    return data


@pytest.fixture
def usual() -> dict[str, Any]:
    return as_json(race({GRAPH: [raced([2.0] * 420)] * 3, FIT: [raced([3.0] * 420)] * 3}))


def odd() -> dict[str, Any]:
    """Everything that can go wrong at once: no batches, no epochs, NaN losses, no answer, a machine unread."""
    runs = [
        run(1, GRAPH, 1),
        run(2, FIT, 1, "failed", reason="ValueError: no", phases={}, facts={}),
        run(3, EAGER, 1, "unavailable", reason="tensorflow is not installed.", phases={}, facts={}, load={}),
        run(4, GRAPH, 2, "cancelled", reason="It was stopped.", facts={"threads": np.int64(2), "loss": math.nan}),
        run(5, FIT, 2, "running"),
    ]
    batches = {1: raced([2.0] * 30), 2: raced([], 50), 4: raced([2.0])}
    batches[1]["loss"] = math.nan
    epochs = [Epoch(1, 1, math.nan, math.nan, 30)]
    broken = passed(EAGER, equivalent=False, difference=math.inf, layer="dense2_bias")
    wanted = settings(images_per_epoch=32 * 30)
    asked = experiment([GRAPH, FIT, EAGER], wanted, "interrupted")
    return as_json(reports.build(asked, runs, batches, epochs, {GRAPH: passed(GRAPH), EAGER: broken}))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["version"]["const"] == 1


def test_every_setting_is_documented_in_the_schema() -> None:
    documented = SCHEMA["properties"]["experiment"]["properties"]["settings"]["properties"]
    assert set(documented) == set(OPTIONS)


def test_a_usual_report_keeps_to_the_schema(usual: dict[str, Any]) -> None:
    data = checked(usual)
    (pair,) = data["pairs"]
    assert pair["ratio"] == pytest.approx(1.5)
    assert pair["verdict"] in data["verdicts"]
    assert [r["round"] for r in data["runs"] if r["label"] == FIT] == [1, 2, 3]
    first = data["runs"][0]
    assert first["phases"]["import"] == 2.0
    assert first["phases"]["total"] == pytest.approx(0.84)
    assert first["batch_ms"]["p50"] == pytest.approx(2.0)
    assert first["epochs"][0]["test_accuracy"] == 0.9
    assert data["experiment"]["versions"][GRAPH] == {"python": "3.11.2", "numpy": "2.4.1"}
    assert data["parity"][FIT]["difference"] == 3e-8


def test_an_odd_report_keeps_to_the_schema() -> None:
    data = checked(odd())
    by_status = {r["status"]: r for r in data["runs"]}
    assert set(by_status) == {"finished", "failed", "unavailable", "cancelled", "running"}
    assert by_status["failed"]["batch_ms"]["p50"] is None
    assert by_status["failed"]["phases"]["import"] is None
    assert by_status["cancelled"]["facts"] == {"threads": 2, "loss": None}
    assert data["parity"][EAGER]["difference"] is None
    assert data["pairs"] == []


def test_two_stacks_of_one_variant_keep_their_versions_apart() -> None:
    entries = [f"{FIT}@old", f"{FIT}@new"]
    facts = [{"packages": {"keras": "3.3.3"}}, {"packages": {"keras": "3.15.1"}}]
    runs = [run(n, entry, 1, facts=about) for n, (entry, about) in enumerate(zip(entries, facts, strict=True), 1)]
    asked = experiment(entries, settings(images_per_epoch=32 * 30))
    batches = {1: raced([2.0] * 30), 2: raced([3.0] * 30)}
    data = checked(as_json(reports.build(asked, runs, batches, [], {})))
    assert data["experiment"]["versions"] == {entries[0]: {"keras": "3.3.3"}, entries[1]: {"keras": "3.15.1"}}


def test_an_experiment_that_waits_keeps_to_the_schema() -> None:
    data = checked(as_json(reports.build(experiment([GRAPH], status="queued"), [], {}, [], {})))
    assert data["runs"] == []


@pytest.mark.parametrize(
    "path",
    [("format",), ("experiment", "settings", "seed"), ("runs", 0, "phases", "total"), ("pairs", 0, "low"),
     ("runs", 0, "epochs", 0, "train_loss"), ("variants", 0, "batch_ms")],
)  # fmt: skip
def test_a_missing_or_a_strange_field_is_refused(usual: dict[str, Any], path: tuple[Any, ...]) -> None:
    checked(usual)
    short, strange = copy.deepcopy(usual), copy.deepcopy(usual)
    inner, other = short, strange
    for step in path[:-1]:
        inner, other = inner[step], other[step]
    del inner[path[-1]]
    other[path[-1]] = "strange"
    for data in (short, strange):
        with pytest.raises(jsonschema.ValidationError):
            checked(data)
