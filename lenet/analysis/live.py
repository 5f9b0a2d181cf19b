"""Work out the figures of a race that is still running: its leader board and its live charts."""

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
"""The batches that count as "now": a slice or two."""
MAIN_SHARE = 99.0
"""The percentile of batch times that fits in a chart; a first batch that compiles takes seconds."""
HEADROOM = 1.5
COLUMNS = (
    "label", "title", "progress", "batches", "planned", "median_ms", "images_per_second", "loss", "status",
)  # fmt: skip

Floats = npt.NDArray[np.float64]


def board(runs: Sequence[LiveRun], settings: Settings) -> pd.DataFrame:
    """The leader board, with COLUMNS: one row per run, the furthest run first.

    progress in percent; median_ms and loss (mean) over the last RECENT batches, NaN before the
    first; images_per_second follows from median_ms.
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
        # While events are counted the clock is off, and every batch has the time 0.
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
    """The numbers of the batches, from 1, and their times in ms, each (n,)."""
    return np.arange(1, len(live.rows) + 1, dtype=np.float64), milliseconds(live.rows)


def loss_curve(live: LiveRun, settings: Settings) -> tuple[Floats, Floats]:
    """Seconds of training until the end of each batch that has a loss, and that loss, each (n,).

    Only time spent training counts: pauses for the others' turns are left out.
    """
    losses = batch_losses(live, settings)
    read = np.isfinite(losses)
    return (np.cumsum(milliseconds(live.rows)) / 1e3)[read], losses[read]


def usual_top(runs: Sequence[LiveRun]) -> float:
    """A height in ms that shows nearly all batches: the highest 99th percentile, plus headroom."""
    tops = [np.percentile(milliseconds(live.rows), MAIN_SHARE) for live in runs if len(live.rows)]
    return HEADROOM * float(max(tops, default=1.0))


def above(runs: Sequence[LiveRun], top: float) -> int:
    """How many batches took longer than `top` ms."""
    return sum(int((milliseconds(live.rows) > top).sum()) for live in runs)


def round_now(runs: Sequence[LiveRun]) -> int:
    """The number of the running round; 0 before the first."""
    return max((live.run.round for live in runs), default=0)


@dataclass(frozen=True)
class Progress:
    """An experiment's progress: its round, that round's batches, and the share done (0 to 1)."""

    round: int
    rounds: int
    done: int
    planned: int
    share: float


def progress(runs: Sequence[LiveRun], rounds: int, entries: int) -> Progress:
    """The progress of an experiment of `entries` entries, from the runs of its current round.

    A run that ended counts as complete, however many batches it trained.
    """
    now = round_now(runs)
    done = sum(len(live.rows) if live.run.status == "running" else live.planned for live in runs)
    planned = sum(live.planned for live in runs)
    # Runs of the first round start one after the other; before its start a run has no plan.
    of_round = done / planned * len(runs) / max(entries, 1) if planned else 0.0
    return Progress(now, rounds, done, planned, min((max(now - 1, 0) + of_round) / max(rounds, 1), 1.0))
