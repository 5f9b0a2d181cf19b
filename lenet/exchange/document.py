"""Converts an experiment, without its batches, to and from a JSON document: format
"lenet-bench/record" version 1.

lenet/schema/record-1.json describes it. Floats that JSON does not have are null (NaN), "Infinity"
or "-Infinity".
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet.records import Annotation, Bundle, Epoch, Experiment, Paper, Parity, Request, Run
from lenet.settings import Settings

FORMAT, VERSION = "lenet-bench/record", 1
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Characters that only a log may have: they would steer a terminal, or they are not text."""
TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
"""Characters that make the text behind them read backwards: the rest of a line, and so a sentence
of the program."""
REPLACEMENT = "\ufffd"
_ASKED = ("preset", "submitter", "instrument", "plan")
_HEAD = ("uid", "status", "reason", "machine", "origin")
_NOT_OF_RUN = ("id", "experiment_id", "folder", "batch_count")
_MOMENTS = ("created", "started", "ended")


def as_document(bundle: Bundle) -> dict[str, Any]:
    """The document of a bundle, as plain values."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "experiment": printable(_experiment(bundle.experiment)),
        "annotation": printable(dataclasses.asdict(bundle.annotation)),
        "runs": [_run(run) for run in bundle.runs],
        "epochs": [_epoch(epoch) for epoch in bundle.epochs],
        "parities": {label: printable(_numbers(parity)) for label, parity in bundle.parities.items()},
    }


def of_document(document: Mapping[str, Any], batches: Mapping[int, npt.NDArray[np.void]]) -> Bundle:
    """The bundle of a document that passed `checks`; `batches` by the run's number, from 1.

    Raises ValueError or OverflowError for a wrong date, BadInput for a setting out of bounds.
    """
    experiment = _to_experiment(document["experiment"])
    note = document["annotation"]
    return Bundle(
        experiment,
        Annotation(note["title"], note["note"], tuple(note["tags"])),
        tuple(_to_run(number, experiment.id, run) for number, run in enumerate(document["runs"], 1)),
        batches,
        tuple(Epoch(run_id=epoch["run"], **_floats(epoch, "run")) for epoch in document["epochs"]),
        {label: _to_parity(parity) for label, parity in document["parities"].items()},
    )


def printable(value: Any) -> Any:
    """The value with every character that is not to be printed replaced, at whatever depth."""
    return _replaced(straight(value), CONTROL)


def straight(value: Any) -> Any:
    """The value with every character that turns text around replaced, at whatever depth."""
    return _replaced(value, TURNING)


def _replaced(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(REPLACEMENT, value)
    if isinstance(value, Mapping):
        return {_replaced(key, pattern): _replaced(item, pattern) for key, item in value.items()}
    return [_replaced(item, pattern) for item in value] if isinstance(value, list | tuple) else value


def _experiment(experiment: Experiment) -> dict[str, Any]:
    request = experiment.request
    return {
        **{name: getattr(experiment, name) for name in _HEAD},
        **{name: _text(getattr(experiment, name)) for name in _MOMENTS},
        **{name: getattr(request, name) for name in _ASKED},
        "variants": list(request.variants),
        "settings": request.settings.as_dict(),
    }


def _to_experiment(values: Mapping[str, Any]) -> Experiment:
    request = Request(
        tuple(values["variants"]),
        Settings.parse(values["settings"]),
        **{name: values[name] for name in _ASKED},
    )
    moments = {name: _moment(values[name]) for name in _MOMENTS}
    head: dict[str, Any] = {name: values[name] for name in _HEAD} | moments
    return Experiment(id=values["origin"]["id"], request=request, **head)


def _run(run: Run) -> dict[str, Any]:
    values = {name: value for name, value in dataclasses.asdict(run).items() if name not in _NOT_OF_RUN}
    moments = {name: _text(getattr(run, name)) for name in _MOMENTS[1:]}
    return {**printable(values), **moments, "log": straight(run.log), "batches": run.batch_count}


def _to_run(number: int, experiment_id: int, values: Mapping[str, Any]) -> Run:
    moments = {name: _moment(values[name]) for name in _MOMENTS[1:]}
    rest: dict[str, Any] = {name: value for name, value in values.items() if name != "batches"} | moments
    return Run(id=number, experiment_id=experiment_id, batch_count=values["batches"], **rest)


def _epoch(epoch: Epoch) -> dict[str, Any]:
    values = _numbers(epoch)
    return {"run": values.pop("run_id"), **values}


def _to_parity(values: Mapping[str, Any]) -> Parity:
    papers = tuple(Paper(**one) for one in values.get("papers", ()))
    return Parity(**{**_floats(values), "papers": papers})


def _numbers(record: Epoch | Parity) -> dict[str, Any]:
    return {name: _number(value) for name, value in dataclasses.asdict(record).items()}


def _number(value: Any) -> Any:
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return None if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


FLOATS = ("test_loss", "test_accuracy", "difference", "tolerance")
"""Fields of epochs and parities that may be NaN or infinite."""


def _floats(values: Mapping[str, Any], *without: str) -> dict[str, Any]:
    kept = {name: value for name, value in values.items() if name not in without}
    return {name: _float(value) if name in FLOATS else value for name, value in kept.items()}


def _float(value: Any) -> float:
    return math.nan if value is None else float(value)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.astimezone(UTC)
