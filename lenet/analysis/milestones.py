"""Work out time to accuracy: how long each label trains until it passes 97, 98 and 99 % accuracy.

Accuracy is on the test images. Training seconds count all batches until then, the first one too,
without pauses, evaluation, import and build. Accuracy is evaluated after each epoch, so a milestone
is the end of the first epoch in which it was passed, never a moment in between.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from lenet import catalog
from lenet.analysis.intervals import log_interval
from lenet.analysis.report import Report

TARGETS = (0.97, 0.98, 0.99)
COLUMNS = ("label", "title", "target", "seconds", "low", "high", "first_epoch", "last_epoch", "reached", "runs")


def table(report: Report) -> pd.DataFrame:
    """A row per label and target, in the order of the report's variants: COLUMNS.

    seconds: geometric mean over the finished runs with its 95 % interval (low, high), NaN unless
    all of them passed the target. first_epoch, last_epoch: the earliest and the latest epoch in
    which a run passed it (0: no run did). reached: how many of the `runs` finished runs passed it.
    """
    finished = report.runs.loc[report.runs["status"] == "finished", "run_id"]
    epochs = report.epochs[report.epochs["run_id"].isin(finished)]
    rows = [row for label in report.variants["label"] for row in _rows(str(label), epochs[epochs["label"] == label])]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(label: str, epochs: pd.DataFrame) -> Iterator[dict[str, Any]]:
    runs = epochs["run_id"].nunique()
    for target in TARGETS if runs else ():
        passed = epochs[epochs["test_accuracy"] >= target].sort_values("epoch").groupby("run_id").first()
        seconds = passed["training_seconds"].to_numpy(dtype=float)
        interval = log_interval([np.array([value]) for value in seconds])
        whole = len(passed) == runs
        yield {
            "label": label,
            "title": catalog.title(label),
            "target": target,
            "seconds": interval.estimate if whole else math.nan,
            "low": interval.low if whole else math.nan,
            "high": interval.high if whole else math.nan,
            "first_epoch": int(passed["epoch"].min()) if len(passed) else 0,
            "last_epoch": int(passed["epoch"].max()) if len(passed) else 0,
            "reached": len(passed),
            "runs": runs,
        }
