"""Write a report as JSON in format "lenet-bench/experiment", version 1.

The schema is lenet/schema/experiment-1.json.

Missing numbers (NaN, infinite) become null; names of times end with their unit.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from lenet.analysis import effective, milestones, payoff, releases
from lenet.analysis.exam.parity import held_to
from lenet.analysis.noise.measured import Floor
from lenet.analysis.report import Report
from lenet.analysis.verdict import Pair
from lenet.records import Experiment, Parity, Request, versions_of

FORMAT = "lenet-bench/experiment"
VERSION = 1
_PHASES = {
    "import": "import_s", "build": "build_s", "first_batch": "first_batch_s", "steady": "steady_s", "total": "total_s",
}  # fmt: skip


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain values (dict, list, str, int, float, bool, None), ready for any JSON
    writer."""
    whole: dict[str, Any] = plain(
        {
            "format": FORMAT,
            "version": VERSION,
            "experiment": _experiment(report.experiment, report.runs),
            **({} if (row := releases.of(report)) is None else {"releases": releases.as_json(row)}),
            "verdicts": list(report.verdicts),
            "variants": [_variant(row) for row in _rows(report.variants)],
            "pairs": [_pair(pair) for pair in report.pairs],
            **({} if report.twin is None else {"twin": _pair(report.twin)}),
            "noise": [_floor(floor) for floor in {f.experiment_id: f for f in report.floors.values()}.values()],
            "beside": list(report.beside),
            "milestones": [_variant(row) for row in _rows(milestones.table(report))],
            "payoffs": [{**dataclasses.asdict(one), "sentence": one.sentence} for one in payoff.payoffs(report)],
            "effective": {"settings": effective.table(report).to_dict(), "warnings": effective.warnings(report)},
            "parity": {label: _parity(parity) for label, parity in report.parities.items()},
            "runs": [_run(row, report.epochs) for row in _rows(report.runs)],
        }
    )
    return whole


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _experiment(experiment: Experiment, runs: pd.DataFrame) -> dict[str, Any]:
    request = experiment.request
    who = {} if request.submitter == Request.submitter else {"submitter": request.submitter}
    return {
        "id": experiment.id,
        "status": experiment.status,
        "reason": experiment.reason,
        "created": experiment.created,
        "started": experiment.started,
        "ended": experiment.ended,
        **who,
        "preset": request.preset,
        "variants": list(request.variants),
        "settings": request.settings.as_dict(),
        "machine": experiment.machine,
        "versions": _versions(runs),
    }


def _versions(runs: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Package versions per label, as its runs recorded them; each stack has its own versions."""
    versions: dict[str, dict[str, str]] = {}
    for label, facts in zip(runs["label"], runs["facts"], strict=True):
        versions.setdefault(label, {}).update(versions_of(facts))
    return versions


def _variant(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "title"}


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "slow": pair.slow,
        "fast": pair.fast,
        "ratio": pair.ratio,
        "low": pair.low,
        "high": pair.high,
        "rounds": pair.rounds,
        "slices": pair.slices,
        "mean_ratio": pair.mean_ratio,
        "different": pair.different,
        "floor": pair.floor,
        "verdict": pair.verdict,
        **({} if pair.agreed is None else dict(zip(("agreed_low", "agreed_high"), pair.agreed, strict=True))),
    }


def _floor(floor: Floor) -> dict[str, Any]:
    return {
        "experiment": floor.experiment_id,
        "entry": floor.entry,
        "measured": floor.measured,
        "machine": floor.circumstance.machine,
        "stale": floor.stale,
        **dataclasses.asdict(floor.spread),
    }


def _parity(parity: Parity) -> dict[str, Any]:
    return {
        "equivalent": parity.equivalent,
        "difference": parity.difference,
        "layer": parity.layer,
        "tolerance": parity.tolerance,
        "held_to": held_to(parity),
        "papers": [dataclasses.asdict(one) for one in parity.papers],
        "status": parity.status,
        "reason": parity.reason,
    }


def _run(row: Mapping[str, Any], epochs: pd.DataFrame) -> dict[str, Any]:
    mine = epochs[epochs["run_id"] == row["run_id"]]
    as_named = ("variant", "label", "round", "status", "reason", "stack", "source_hash", "facts", "load")
    return {
        **{name: row[name] for name in as_named},
        "phases": {phase: row[column] for phase, column in _PHASES.items()},
        "batches": row["batches"],
        "steady_batches": row["steady_batches"],
        "batch_ms": {name: row[f"{name}_ms"] for name in ("p50", "p95", "p99")},
        "peak_memory_bytes": row["peak_memory_bytes"],
        "epochs": [_epoch(epoch) for epoch in _rows(mine)],
    }


def _epoch(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("epoch", "train_loss", "test_loss", "test_accuracy", "training_seconds")}


def plain(value: Any) -> Any:
    """The value with NumPy types, dates and non-finite numbers replaced by what JSON knows."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)
