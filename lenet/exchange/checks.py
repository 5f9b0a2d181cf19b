"""Checks a record from elsewhere before anything of it is used or stored; one sentence says what is
wrong.

Text is never treated as markup, wherever it is shown, so the checks only make sure that it is text
of bounded length.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from jsonschema import Draft202012Validator

from lenet import catalog, instruments
from lenet.analysis import circumstances
from lenet.analysis import report as reports
from lenet.analysis.why import findings
from lenet.catalog.entry import Entry, is_plain
from lenet.errors import BadInput
from lenet.exchange.document import CONTROL, VERSION, straight
from lenet.records import Bundle
from lenet.settings import Settings

SCHEMA = Path(__file__).parents[1] / "schema" / "record-1.json"
DOCUMENT_BYTES = 32 * 1024**2
ROWS = 2_000_000
"""Some 90 times the original's training; 48 MB in memory."""
DEPTH = 40
_LONGEST_INTEGER = 19
_SHOWN = 200
"""Characters of a faulty value that an error repeats, at most."""


def parse(text: bytes) -> dict[str, Any]:
    """Parse the document in a file's metadata, as far as the schema describes it.

    Raises BadInput for anything else.
    """
    if len(text) > DOCUMENT_BYTES:
        raise BadInput(f"its record is larger than {DOCUMENT_BYTES // 1024**2} MiB")
    try:
        record = json.loads(text.decode(), parse_constant=_refuse, parse_float=_finite, parse_int=_integer)
    except (ValueError, RecursionError) as error:
        why = _short(error)
        raise BadInput(f"its record is not JSON that this program reads ({why})") from error
    _check_version(record)
    wrong = next(_validator().iter_errors(record), None)  # only the first: there may be millions
    if wrong is not None:
        where = "/".join(map(str, wrong.absolute_path)) or "the top"
        raise BadInput(f"its record is not as lenet/schema/record-1.json has it at {where}: {_short(wrong.message)}")
    document: dict[str, Any] = record
    _check_text(document)
    _check_names(document)
    turned: dict[str, Any] = straight(document)
    return turned


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    if math.isfinite(number := float(text)):
        return number
    raise ValueError("a number is too large")


def _integer(text: str) -> int:
    if len(text.lstrip("-")) <= _LONGEST_INTEGER and -(2**63) <= (number := int(text)) < 2**63:
        return number
    raise ValueError("a whole number is too large")


def _short(error: object) -> str:
    text = CONTROL.sub("?", " ".join(str(error).split()))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."


def _check_version(record: Any) -> None:
    version = record.get("version") if isinstance(record, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise BadInput(f"its record is of version {version}, this program reads version {VERSION}; update LeNet Bench")


def _check_text(document: Mapping[str, Any]) -> None:
    logs = "".join(run["log"] for run in document["runs"])
    rest = [{**run, "log": ""} for run in document["runs"]]
    if "\0" in logs or not _printable({**document, "runs": rest}, DEPTH):
        raise BadInput("its record has characters that are not text, or is nested too deeply")


def _printable(value: Any, depth: int) -> bool:
    if isinstance(value, str):
        return not CONTROL.search(value)
    if not isinstance(value, dict | list):
        return True
    inner = [*value, *value.values()] if isinstance(value, dict) else value
    return depth > 0 and all(_printable(item, depth - 1) for item in inner)


def _check_names(document: Mapping[str, Any]) -> None:
    """Check that entries are names, not paths, and that runs, epochs and answers belong to the
    experiment's labels, each once."""
    entries, instrument = document["experiment"]["variants"], document["experiment"]["instrument"]
    if instrument not in instruments.INSTRUMENTS:
        raise BadInput(f"this version knows no experiment of the kind {_short(repr(instrument))}; update LeNet Bench")
    if strange := next((entry for entry in entries if not is_plain(entry)), None):
        raise BadInput(f"{_short(repr(strange))} is not the name of a variant")
    labels, runs = set(catalog.labels(entries)), document["runs"]
    named = {run["label"] for run in runs} | document["parities"].keys()
    if strange := next(iter(named - labels), None):
        raise BadInput(f"{_short(repr(strange))} is not a label of its variants")
    if any(Entry.parse(run["label"]).name != run["variant"] for run in runs):
        raise BadInput("a run's label names another variant than the run")
    _check_once([(run["round"], run["label"]) for run in runs], "run")
    _check_once([(epoch["run"], epoch["epoch"]) for epoch in document["epochs"]], "epoch")
    if any(epoch["run"] > len(runs) for epoch in document["epochs"]):
        raise BadInput("an epoch is of a run that is not there")
    _check_answers(document["parities"].values())


def _check_once(keys: Sequence[Any], what: str) -> None:
    if len(set(keys)) < len(keys):
        raise BadInput(f"it has the same {what} twice")


def _check_answers(parities: Any) -> None:
    by_key: dict[str, Any] = {}
    if any(by_key.setdefault(parity["key"], parity) != parity for parity in parities):
        raise BadInput("two exams' answers have one key")


def check_planned(document: Mapping[str, Any]) -> None:
    """Check that no run has more batches than its settings plan, and that there are no more rounds.
    Raises BadInput."""
    settings, runs = Settings.parse(document["experiment"]["settings"]), document["runs"]
    if not settings.open_ended and any(run["round"] > settings.rounds for run in runs):
        raise BadInput("it has more rounds than its settings plan")
    planned = {label: catalog.settings_of(label, settings).batches for label in {run["label"] for run in runs}}
    if any(run["batches"] > planned[run["label"]] for run in runs):
        raise BadInput("it has a run with more batches than its settings plan")


def check_rows(rows: npt.NDArray[np.void]) -> None:
    """Check that the batches of a run follow each other in time. Raises BadInput."""
    start, end = rows["start"], rows["end"]
    if len(rows) and (start[0] < 0 or (end < start).any() or (start[1:] < end[:-1]).any()):
        raise BadInput("the times of a run's batches run backwards")
    if (rows["cpu"] < 0).any():
        raise BadInput("the CPU time of a run's turn is below 0")


def check_figures(bundle: Bundle) -> None:
    """Check that everything that is computed from a record can be computed from this one. Raises
    BadInput.

    Only the analysis knows the form of some facts (a ladder's plan, the counts), so the surest
    check is to try it now, instead of failing on a page later.
    """
    try:
        instruments.subject(bundle.experiment.request)
        report = reports.build(bundle.experiment, bundle.runs, bundle.batches, bundle.epochs, bundle.parities)
        for label in catalog.labels(bundle.experiment.request.variants):
            circumstances.circumstance(bundle.experiment, label)
        if instruments.of(bundle.experiment.request).asks_why:
            findings.of(report, bundle.runs)
    except Exception as error:
        raise BadInput(f"its figures cannot be worked out ({_short(f'{type(error).__name__}: {error}')})") from error
