"""An experiment as a result file of airspeed velocity (its format 2): a benchmark per label.

The result is the batch time that Results shows, in seconds. The interval beside it is ours at 99 %, over
processes; the quartiles are those of slices, stretches of twenty batches or so. No samples are written:
asv would take them for independent.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from lenet.analysis.intervals import log_interval
from lenet.errors import BadInput
from lenet.exchange.tools.chosen import Chosen, as_bytes, choose
from lenet.forms import Wanted

if TYPE_CHECKING:
    from lenet.store import Store

VERSION = 2
NAME, ENVIRONMENT = "lenet.time_batch", "lenet-bench"
QUANTILE = 0.995
"""Of Student's t, for the 99 % intervals that asv keeps."""
COLUMNS = (
    "result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b", "stats_q_25",
    "stats_q_75", "stats_number", "stats_repeat",
)  # fmt: skip
MEANS = "1"
"""The version of what a result is; asv compares no results of different ones."""


def results(store: Store, wanted: Wanted) -> bytes:
    """The content of a result file. Raises BadInput where no commit is known."""
    chosen = choose(store, wanted)
    experiment = chosen.report.experiment
    machine = experiment.machine
    commit = wanted.commit or machine.get("commit")
    if not commit:
        raise BadInput("asv files results by commit, and this experiment knows none; name yours with --commit HASH.")
    shared = _shared([chosen.versions(label) for label in chosen.labels])
    return as_bytes(
        {
            "version": VERSION,
            "commit_hash": commit,
            "env_name": ENVIRONMENT,
            "date": _milliseconds(experiment.created),
            "params": {
                "machine": _text(machine.get("host")),
                "cpu": _text(machine.get("cpu")),
                "num_cpu": _text(machine.get("cores")),
                "ram": _text(machine.get("memory_bytes")),
                "os": _text(machine.get("platform")),
                "python": shared.get("python", ""),
            },
            "python": shared.pop("python", ""),
            "requirements": shared,
            "env_vars": {},
            "result_columns": list(COLUMNS),
            "results": {f"{NAME}.{label}": _row(chosen, label) for label in chosen.labels},
            "durations": {},
        }
    )


def _row(chosen: Chosen, label: str) -> list[Any]:
    slices = chosen.slices(label)
    time, own = log_interval(slices, QUANTILE), np.concatenate(slices)
    low, high = np.percentile(own, (25, 75))
    runs, experiment = chosen.runs(label), chosen.report.experiment
    seconds = [[ms / 1e3] for ms in (time.low, time.high, low, high)]
    steady_batches = sum(run["steady_batches"] for run in runs)
    return [
        [time.estimate / 1e3],
        [],
        MEANS,
        _milliseconds(experiment.started or experiment.created),
        sum(run["total_s"] for run in runs),
        *seconds,
        [max(1, round(steady_batches / len(own)))],
        [len(own)],
    ]


def _shared(versions: list[dict[str, str]]) -> dict[str, str]:
    """The packages that all labels had in the same version."""
    return {name: version for name, version in versions[0].items() if all(v.get(name) == version for v in versions)}


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1e3)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
