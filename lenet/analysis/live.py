"""A race that is still running, as numbers: the leader board and the series that the live charts
draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lenet import catalog
from lenet.analysis.losses import per_batch
from lenet.analysis.steady import milliseconds
from lenet.settings import Settings

if TYPE_CHECKING:
    from lenet.bench.live import LiveRun

RECENT = 50
"""Batches that "now" stands for: a slice or two."""
MAIN_SHARE = 99.0
"""Percentile of the batch times that a chart's height is made for; a first batch that compiles
takes seconds."""
HEADROOM = 1.5
COLUMNS = (
    "label", "title", "progress", "batches", "planned", "median_ms", "images_per_second", "loss", "status",
)  # fmt: skip

Floats = npt.NDArray[np.float64]


def board(runs: Sequence[LiveRun], settings: Settings) -> pd.DataFrame:
    """The leader board: one row per run, furthest first, with COLUMNS.

    progress in percent; median_ms and loss (mean) over the last RECENT batches, NaN before the
    first; images_per_second is what that median amounts to.
    """
    table = pd.DataFrame([_standing(live, settings) for live in runs], columns=list(COLUMNS))
    return table.sort_values(["progress", "label"], ascending=[False, True], ignore_index=True)


def _standing(live: LiveRun, settings: Settings) -> dict[str, Any]:
    median_ms = _or_nan(np.median, milliseconds(live.rows[-RECENT:]))
    recent = batch_losses(live, settings)[-RECENT:]
    return {
        "label": live.run.label,
        "title": catalog.title(live.run.label),
        "progress": 100 * len(live.rows) / max(live.planned, 1),
        "batches": len(live.rows),
        "planned": live.planned,
        "median_ms": median_ms,
        # A run that is counted has its clock off: every batch says 0.
        "images_per_second": 1000 * catalog.settings_of(live.run.label, settings).batch_size / (median_ms or np.nan),
        "loss": _or_nan(np.mean, recent[np.isfinite(recent)]),
        "status": live.run.status.replace("_", " "),
    }


def _or_nan(statistic: Any, values: Floats) -> float:
    return float(statistic(values)) if len(values) else float("nan")


def batch_losses(live: LiveRun, settings: Settings) -> Floats:
    """Training loss of each batch (n,); NaN where it has not been read."""
    own = catalog.settings_of(live.run.label, settings)
    return per_batch(live.rows["loss"], live.run.label, own.batches_per_epoch)


def timing(live: LiveRun) -> tuple[Floats, Floats]:
    """(number of the batch from 1, its time in ms), each (n,)."""
    return np.arange(1, len(live.rows) + 1, dtype=np.float64), milliseconds(live.rows)


def loss_curve(live: LiveRun, settings: Settings) -> tuple[Floats, Floats]:
    """(seconds of training until the end of the batch, its loss), without batches whose loss was
    not read.

    Only time spent training counts: pauses for the others' turns are left out.
    """
    losses = batch_losses(live, settings)
    read = np.isfinite(losses)
    return (np.cumsum(milliseconds(live.rows)) / 1e3)[read], losses[read]


def usual_top(runs: Sequence[LiveRun]) -> float:
    """Height in ms that shows nearly all batches of every run: the highest 99th percentile, and
    room above it."""
    tops = [np.percentile(milliseconds(live.rows), MAIN_SHARE) for live in runs if len(live.rows)]
    return HEADROOM * float(max(tops, default=1.0))


def above(runs: Sequence[LiveRun], top: float) -> int:
    """How many batches took longer than `top` ms."""
    return sum(int((milliseconds(live.rows) > top).sum()) for live in runs)


def round_now(runs: Sequence[LiveRun]) -> int:
    """Number of the round that is running; 0 before the first."""
    return max((live.run.round for live in runs), default=0)


@dataclass(frozen=True)
class Progress:
    """How far an experiment has come: its round, the batches of that round, and the share of all of
    it (0 to 1)."""

    round: int
    rounds: int
    done: int
    planned: int
    share: float


def progress(runs: Sequence[LiveRun], rounds: int, entries: int) -> Progress:
    """From the runs of the current round of an experiment of so many `entries`; a run that ended
    has all it will do."""
    now = round_now(runs)
    done = sum(len(live.rows) if live.run.status == "running" else live.planned for live in runs)
    planned = sum(live.planned for live in runs)
    # Runs of the first round start one after the other: those that have not are not planned yet.
    of_round = done / planned * len(runs) / max(entries, 1) if planned else 0.0
    return Progress(now, rounds, done, planned, min((max(now - 1, 0) + of_round) / max(rounds, 1), 1.0))
