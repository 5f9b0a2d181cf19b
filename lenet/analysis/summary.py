"""Build a report's tables of runs, epochs and steady batches: records in, DataFrames out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from lenet import catalog
from lenet.analysis import steady
from lenet.analysis.timed import Timed, percentiles
from lenet.records import Epoch

NAN = float("nan")


def runs_table(timed: Iterable[Timed]) -> pd.DataFrame:
    """One row per run. Times in seconds (_s) or milliseconds (_ms), NaN where there are none.

    import_s and build_s are disturbed where started_alone is false: other runs of the round were
    starting too. total_s: all batches. steady_s, p50, p95, p99: the batches that count. Losses and
    accuracy: of the last evaluated epoch.
    """
    return pd.DataFrame([_run_row(t) for t in timed], columns=list(RUN_COLUMNS))


def rounds(runs: pd.DataFrame) -> int:
    """How many rounds were raced, by the table of runs.

    A stopped race has fewer than were asked for; a race that asked for a precision may have more.
    """
    return int(runs["round"].max()) if len(runs) else 0


RUN_COLUMNS = (
    "run_id", "round", "label", "title", "variant", "status", "reason", "import_s", "build_s", "started_alone",
    "first_batch_s", "steady_s", "total_s", "batches", "steady_batches", "p50_ms", "p95_ms", "p99_ms", "train_loss",
    "test_loss", "test_accuracy", "peak_memory_bytes", "stack", "source_hash", "facts", "load",
)  # fmt: skip


def _run_row(timed: Timed) -> dict[str, Any]:
    run, last = timed.run, timed.last_epoch
    return {
        "run_id": run.id,
        "title": catalog.title(run.label),
        "import_s": run.phases.get("import", NAN),
        "build_s": run.phases.get("build", NAN),
        "started_alone": bool(run.load.get("started_alone", True)),
        "batches": len(timed.rows),
        "train_loss": timed.epoch_loss(last.epoch) if last else NAN,
        "test_loss": last.test_loss if last else NAN,
        "test_accuracy": last.test_accuracy if last else NAN,
        "peak_memory_bytes": run.peak_memory,
        **{name: getattr(run, name) for name in _AS_STORED},
        **_times(timed),
    }


_AS_STORED = ("round", "label", "variant", "status", "reason", "stack", "source_hash", "facts", "load")


def _times(timed: Timed) -> dict[str, Any]:
    ms = timed.steady["ms"].to_numpy()
    p50, p95, p99 = percentiles(ms)
    return {
        "first_batch_s": steady.first_batch_seconds(timed.rows),
        "steady_s": ms.sum() / 1e3 if len(ms) else NAN,
        "total_s": steady.training_seconds(timed.rows) if len(timed.rows) else NAN,
        "steady_batches": len(ms),
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
    }


def batches_table(timed: Iterable[Timed]) -> pd.DataFrame:
    """The steady batches: label, run_id, round, batch (its number in the run, from 0), slice,
    ms."""
    tables = [t.steady.assign(label=t.run.label, run_id=t.run.id, round=t.run.round) for t in timed if len(t.steady)]
    columns = ["label", "run_id", "round", "batch", "slice", "ms"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def epochs_table(timed: Iterable[Timed]) -> pd.DataFrame:
    """One row per evaluated epoch.

    Columns: label, run_id, round, epoch, train_loss (mean over its batches), test_loss,
    test_accuracy, training_seconds (all batches until its end).
    """
    columns = ["label", "run_id", "round", "epoch", "train_loss", "test_loss", "test_accuracy", "training_seconds"]
    return pd.DataFrame([_epoch_row(t, epoch) for t in timed for epoch in t.epochs], columns=columns)


def _epoch_row(timed: Timed, epoch: Epoch) -> dict[str, Any]:
    return {
        "label": timed.run.label,
        "run_id": timed.run.id,
        "round": timed.run.round,
        "epoch": epoch.epoch,
        "train_loss": timed.epoch_loss(epoch.epoch),
        "test_loss": epoch.test_loss,
        "test_accuracy": epoch.test_accuracy,
        "training_seconds": steady.training_seconds(timed.rows[: epoch.batches]),
    }
