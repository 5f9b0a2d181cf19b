"""Work out the figures of a race that is still running: its leader board and its live charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lenet import catalog
from lenet.analysis.steady import milliseconds

if TYPE_CHECKING:
    from lenet.analysis.growing.run import GrowingRun
    from lenet.bench.live import LiveRun

MAIN_SHARE = 99.0
"""The percentile of batch times that fits in a chart; a first batch that compiles takes seconds."""
HEADROOM = 1.5
COLUMNS = (
    "label", "title", "progress", "batches", "planned", "median_ms", "images_per_second", "loss", "status",
)  # fmt: skip

Floats = npt.NDArray[np.float64]


def board(runs: Sequence[GrowingRun]) -> pd.DataFrame:
    """The leader board, with COLUMNS: one row per run, the furthest run first.

    progress in percent; median_ms and loss (mean) over the last batches, NaN before the first;
    images_per_second follows from median_ms.
    """
    table = pd.DataFrame([_standing(run) for run in runs], columns=list(COLUMNS))
    return table.sort_values(["progress", "label"], ascending=[False, True], ignore_index=True)


def _standing(run: GrowingRun) -> dict[str, Any]:
    median_ms = _or_nan(np.median, run.recent)
    return {
        "label": run.run.label,
        "title": catalog.title(run.run.label),
        "progress": 100 * run.count / max(run.planned, 1),
        "batches": run.count,
        "planned": run.planned,
        "median_ms": median_ms,
        # While events are counted the clock is off, and every batch has the time 0.
        "images_per_second": 1000 * run.settings.batch_size / (median_ms or np.nan),
        "loss": _or_nan(np.mean, run.recent_losses),
        "status": run.run.status.replace("_", " "),
    }


def _or_nan(statistic: Any, values: Floats) -> float:
    return float(statistic(values)) if len(values) else float("nan")


def timing(live: LiveRun) -> tuple[Floats, Floats]:
    """The numbers of the batches, from 1, and their times in ms, each (n,)."""
    return np.arange(1, len(live.rows) + 1, dtype=np.float64), milliseconds(live.rows)


def usual_top(runs: Sequence[LiveRun]) -> float:
    """A height in ms that shows nearly all batches: the highest 99th percentile, plus headroom."""
    tops = [np.percentile(milliseconds(live.rows), MAIN_SHARE) for live in runs if len(live.rows)]
    return HEADROOM * float(max(tops, default=1.0))


def above(runs: Sequence[GrowingRun], top: float) -> int:
    """How many batches took longer than `top` ms."""
    return sum(run.above(top) for run in runs)


def round_now(runs: Sequence[GrowingRun]) -> int:
    """The number of the running round; 0 before the first."""
    return max((run.run.round for run in runs), default=0)


@dataclass(frozen=True)
class Progress:
    """An experiment's progress: its round, that round's batches, and the share done (0 to 1)."""

    round: int
    rounds: int
    done: int
    planned: int
    share: float


def progress(runs: Sequence[GrowingRun], rounds: int, entries: int) -> Progress:
    """The progress of an experiment of `entries` entries, from the runs of its current round.

    A run that ended counts as complete, however many batches it trained.
    """
    now = round_now(runs)
    done = sum(run.count if run.run.status == "running" else run.planned for run in runs)
    planned = sum(run.planned for run in runs)
    # Runs of the first round start one after the other; before its start a run has no plan.
    of_round = done / planned * len(runs) / max(entries, 1) if planned else 0.0
    return Progress(now, rounds, done, planned, min((max(now - 1, 0) + of_round) / max(rounds, 1), 1.0))
