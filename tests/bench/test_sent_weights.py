"""One wrong entrant ends its own run alone: weights of a wrong name, shape or type, wherever they are asked for."""

from __future__ import annotations

import dataclasses
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lenet import catalog, problem
from lenet.bench import exam, sent_weights
from lenet.bench import race as race_module
from lenet.bench.launcher import Worker
from lenet.bench.service import Service
from lenet.errors import WorkerError
from lenet.home import Home
from lenet.records import Request, Run
from lenet.requests import counts_request
from lenet.settings import Settings
from tests.conftest import double
from tests.helpers import passing

GOOD = problem.initial_weights(np.random.default_rng(0))
SMALL = {"batch_size": 4, "images_per_epoch": 240, "rounds": 1, "slice_ms": 20, "threads": 1}
WRONG = {
    "classic": "conv1_kernel is (5, 5, 1, 6), asked for (5, 5, 1, 20); conv1_bias is (6,), asked for (20,); "
    "conv2_kernel is (5, 5, 6, 16), asked for (5, 5, 20, 50) and 1 more. Name and shape them as",
    "missing": "conv2_bias is missing. Name",
    "empty": "conv1_kernel is missing; conv1_bias is missing; conv2_kernel is missing and 5 more.",
    "extra": "'dense3_bias' is not asked for. Name",
    "renamed": "dense1_bias is missing; 'fc1_bias' is not asked for. Name",
    "transposed": "dense1_kernel is (500, 800), asked for (800, 500). Name",
    "column": "dense2_bias is (10, 1), asked for (10,). Name",
    "number": "dense2_bias is (), asked for (10,). Name",
    "none": "conv1_bias is no array of numbers. Name",
    "objects": "conv1_bias is no array of numbers. Name",
    "bfloat16": "conv1_bias has numbers that NumPy does not know (bfloat16? |V2), asked for float32. Name",
    "integers": "conv1_bias is of int32, asked for float32. Name",
    "complex": "conv1_bias is of complex64, asked for float32. Name",
    "words": "conv1_bias is of <U1, asked for float32. Name",
}


def odd(kind: str, name: str = "odd_weights") -> catalog.Variant:
    return dataclasses.replace(double(name), environment={"ODD": kind})


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_weights_sit_one_exam_and_are_named(kind: str, home: Home) -> None:
    workers: list[Worker] = []
    answer = exam.sit(odd(kind), Settings.parse({}), home.root / "exam", workers.append).answer
    assert (answer.status, answer.equivalent, len(workers)) == ("failed", False, 1)
    assert answer.reason.startswith("weights() of its LeNet is not as asked: ") and WRONG[kind] in answer.reason
    assert "\n" not in answer.reason


@pytest.fixture
def service(home: Home, doubles: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Races among doubles that are said to have passed their exams."""

    monkeypatch.setattr(exam, "sit", passing.sit)
    monkeypatch.setattr(race_module, "evaluate", lambda weights: (0.5, 0.9))
    service = Service(home)
    yield service
    service.close()


def raced(service: Service, request: Request) -> dict[str, Run]:
    number = service.submit(request)
    ended = service.wait(number, 120)
    assert ended.status == "failed" and "A fault in LeNet Bench" not in ended.reason
    return {run.label: run for run in service.store.runs(number)}


@pytest.mark.parametrize("kind", ["classic", "missing", "none", "bfloat16"])
def test_wrong_weights_end_their_own_run_alone(kind: str, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalog.VARIANTS, "odd_weights", odd(kind))
    runs = raced(service, Request(("plain", "odd_weights", "fits"), Settings.parse(SMALL)))
    assert {label: run.status for label, run in runs.items()} == {
        "plain": "finished",
        "odd_weights": "failed",
        "fits": "finished",
    }
    assert WRONG[kind] in runs["odd_weights"].reason and runs["odd_weights"].batch_count == 60


@pytest.mark.parametrize("event", ['{"event": "epoch"}', '{"event": "finished"}', '{"event": "who"}', '{"event": [1]}'])
def test_an_event_that_lacks_something_ends_its_own_run_alone(
    event: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(catalog.VARIANTS, "odd_events", odd(event, "odd_events"))
    runs = raced(service, Request(("plain", "odd_events"), Settings.parse(SMALL)))
    assert (runs["plain"].status, runs["odd_events"].status) == ("finished", "failed")
    assert runs["odd_events"].reason.startswith("It sent something that is not an event: ")


def test_where_nothing_is_evaluated_they_are_checked_too(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalog.VARIANTS, "odd_weights", odd("classic"))
    runs = raced(service, counts_request(["odd_weights"], {"batch_size": 4, "images_per_epoch": 400, "threads": 1}))
    assert runs["odd_weights"].status == "failed" and WRONG["classic"] in runs["odd_weights"].reason


@pytest.mark.parametrize("number", [np.float32, np.float64, np.float16, ">f4"])
def test_any_floating_number_will_do(number: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", **{name: array.astype(number) for name, array in GOOD.items()})  # type: ignore[arg-type]
    assert list(sent_weights.take(tmp_path / "w.npz")) == list(problem.SHAPES)
    assert not (tmp_path / "w.npz").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\x80\x04K\x01.", None])
def test_a_file_that_cannot_be_read_is_one_sentence(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WorkerError, match="Its weights cannot be read"):
        sent_weights.take(path)
    assert not path.exists()


def test_half_a_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    np.savez(path, **GOOD)  # type: ignore[arg-type]
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(WorkerError, match="Its weights cannot be read"):
        sent_weights.take(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("conv1_bias.npy", b"no array")
    with pytest.raises(WorkerError):
        sent_weights.take(path)
