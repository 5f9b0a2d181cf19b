"""Make records and tapes with known times, for the tests of the analysis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet import catalog
from lenet.analysis import report as reports
from lenet.analysis.report import Report
from lenet.catalog import Entry
from lenet.records import Epoch, Experiment, Paper, Parity, Request, Run
from lenet.settings import Settings
from lenet.worker.tape import DTYPE

Rows = npt.NDArray[np.void]
PAUSE_NS = 10_000_000
MACHINE = {"cpu": "a test's", "cores": 2, "memory_bytes": 8 << 30}


def tape(ms: Sequence[float] | npt.NDArray[np.float64], pauses: Sequence[int] = (), loss: Any = 0.5) -> Rows:
    """A tape of batches that take `ms` each.

    pauses: the numbers (from 0) of the batches before which there is a pause.
    """
    took = np.rint(np.asarray(ms, dtype=np.float64) * 1e6).astype(np.int64)
    gaps = np.zeros(len(took), np.int64)
    gaps[list(pauses)] = PAUSE_NS
    rows = np.zeros(len(took), DTYPE)
    rows["end"] = np.cumsum(took + gaps)
    rows["start"] = rows["end"] - took
    rows["loss"] = loss
    return rows


def turns(batches: int, length: int) -> list[int]:
    """The batches at which a raced run resumes: after its first 20, then every `length`."""
    return list(range(20, batches, length))


def raced(ms: Sequence[float] | npt.NDArray[np.float64], length: int = 50) -> Rows:
    """A tape as a race writes it: a first slice of 20 batches, then slices of `length`."""
    return tape(ms, turns(len(ms), length))


def settings(**values: Any) -> Settings:
    return Settings.parse({"batch_size": 32, "images_per_epoch": 32 * 420, "rounds": 3, **values})


def experiment(variants: Sequence[str], wanted: Settings | None = None, status: str = "finished") -> Experiment:
    created = datetime(2026, 1, 2, tzinfo=UTC)
    request = Request(tuple(variants), wanted or settings())
    return Experiment(1, request, status, created, created, created, machine=MACHINE)


def run(number: int, label: str, round: int = 1, status: str = "finished", **values: Any) -> Run:
    name = str(Entry.parse(label).without_copy)
    stored: dict[str, Any] = {
        "phases": {"import": 2.0, "build": 0.5},
        "facts": {"device": "cpu", "python": "3.11.2", "packages": {"numpy": "2.4.1"}},
        "load": {"load_1min": 0.3},
        "peak_memory": 1000 + number,
        "source_hash": "abc",
        **values,
    }
    return Run(number, 1, round, label, name, status, **stored)


def passed(name: str, **values: Any) -> Parity:
    answer: dict[str, Any] = {
        "equivalent": True, "difference": 3e-8, "layer": "conv1_bias", "tolerance": 1e-5,
        "papers": (Paper(20, 8, 1e-5), Paper(5, 32, 1e-5)), **values,
    }  # fmt: skip
    return Parity(f"key of {name}", name, **answer)


def race(times: dict[str, Sequence[Rows]], wanted: Settings | None = None, **parities: Parity | None) -> Report:
    """The report of a finished race. times: a tape per round of each label.

    All labels have passed their exam, except as `parities` says.
    """
    runs, batches, epochs = [], {}, []
    for label, tapes in times.items():
        for round, rows in enumerate(tapes, 1):
            number = len(runs) + 1
            runs.append(run(number, label, round))
            batches[number] = rows
            epochs.append(Epoch(number, 1, 0.4, 0.9, len(rows)))
    names = [str(Entry.parse(label).without_copy) for label in times]
    assert catalog.labels(names) == list(times)
    answers = {label: parities.get(label, passed(label)) for label in times}
    known = {label: answer for label, answer in answers.items() if answer is not None}
    return reports.build(experiment(names, wanted), runs, batches, epochs, known)
