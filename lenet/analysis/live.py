"""A race that is still running, as numbers: the leader board and the series that the live charts draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lenet import catalog

if TYPE_CHECKING:
    from lenet.bench.live import LiveRun

RECENT = 50
"""Batches that "now" stands for: a slice or two."""
MAIN_SHARE = 99.0
"""Percentile of the batch times that the live chart's height is made for; a first batch that compiles takes seconds."""
HEADROOM = 1.5
COLUMNS = ("label", "title", "progress", "batches", "planned", "median_ms", "loss", "status")

Floats = npt.NDArray[np.float64]


def board(runs: Sequence[LiveRun]) -> pd.DataFrame:
    """The leader board: one row per run, furthest first, with COLUMNS.

    progress in percent; median_ms and loss over the last RECENT batches (NaN before the first).
    """
    table = pd.DataFrame([_standing(live) for live in runs], columns=list(COLUMNS))
    return table.sort_values(["progress", "label"], ascending=[False, True], ignore_index=True)


def with_throughput(table: pd.DataFrame, batch_size: int) -> pd.DataFrame:
    """The board with images_per_second, which is what the median time of a batch amounts to."""
    return table.assign(images_per_second=batch_size / table["median_ms"] * 1000)


def _standing(live: LiveRun) -> dict[str, Any]:
    recent = live.rows[-RECENT:]
    losses = recent["loss"]
    return {
        "label": live.run.label,
        "title": catalog.title(live.run.label),
        "progress": 100 * len(live.rows) / max(live.planned, 1),
        "batches": len(live.rows),
        "planned": live.planned,
        "median_ms": _or_nan(np.median, milliseconds(recent)),
        "loss": _or_nan(np.mean, losses[np.isfinite(losses)]),
        "status": live.run.status.replace("_", " "),
    }


def _or_nan(statistic: Any, values: Floats) -> float:
    return float(statistic(values)) if len(values) else float("nan")


def milliseconds(rows: npt.NDArray[np.void]) -> Floats:
    """Time of each batch in ms, from rows of `tape.DTYPE` (n,)."""
    return (rows["end"] - rows["start"]) / 1e6


def timing(rows: npt.NDArray[np.void]) -> tuple[Floats, Floats]:
    """(number of the batch from 1, its time in ms), each (n,)."""
    return np.arange(1, len(rows) + 1, dtype=np.float64), milliseconds(rows)


def loss_curve(rows: npt.NDArray[np.void]) -> tuple[Floats, Floats]:
    """(seconds of training until the end of the batch, its loss), without batches whose loss was not read.

    Only time spent training counts: pauses for the others' turns are left out.
    """
    read = np.isfinite(rows["loss"])
    return (np.cumsum(milliseconds(rows)) / 1e3)[read], rows["loss"][read]


def usual_top(runs: Sequence[LiveRun]) -> float:
    """Height in ms that shows nearly all batches of every run: the highest 99th percentile, and room above it."""
    tops = [np.percentile(milliseconds(live.rows), MAIN_SHARE) for live in runs if len(live.rows)]
    return HEADROOM * float(max(tops, default=1.0))


def above(runs: Sequence[LiveRun], top: float) -> int:
    """How many batches took longer than `top` ms."""
    return sum(int((milliseconds(live.rows) > top).sum()) for live in runs)


def round_now(runs: Sequence[LiveRun]) -> int:
    """Number of the round that is running; 0 before the first."""
    return max((live.run.round for live in runs), default=0)
