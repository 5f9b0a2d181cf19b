"""Hold a run with its tape: the figures of which every table and every pair is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from lenet.analysis import losses, steady
from lenet.records import Epoch, Run
from lenet.settings import Settings

NAN = float("nan")

Rows = npt.NDArray[np.void]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Timed:
    """A run with its tape (rows of `tape.DTYPE`) and its epochs; derived figures are cached."""

    run: Run
    rows: Rows
    epochs: tuple[Epoch, ...]
    settings: Settings

    @cached_property
    def steady(self) -> pd.DataFrame:
        """The batches that count; see `steady.steady`."""
        return steady.steady(self.rows, self.settings)

    @cached_property
    def slice_means(self) -> Floats:
        """The mean batch time of each slice in ms; see `steady.slice_means`."""
        return steady.slice_means(self.steady)

    @cached_property
    def slice_medians(self) -> Floats:
        """The median batch time of each slice in ms."""
        return np.asarray(self.steady.groupby("slice")["ms"].median(), dtype=np.float64)

    @cached_property
    def after_pauses(self) -> Floats:
        """See `steady.after_pauses`; nothing where batches are not waited for, and so not timed one by
        one."""
        return steady.after_pauses(self.rows) if self.settings.sync == "batch" and len(self.rows) else np.zeros(0)

    @cached_property
    def cpu_time(self) -> tuple[float, float]:
        """See `steady.cpu_time`."""
        return steady.cpu_time(self.rows)

    @cached_property
    def losses(self) -> Floats:
        """Training loss of each batch."""
        return losses.per_batch(self.rows["loss"], self.run.label, self.settings.batches_per_epoch)

    def epoch_loss(self, epoch: int) -> float:
        """Mean training loss of an epoch (from 1) over its batches; NaN when no loss was read."""
        size = self.settings.batches_per_epoch
        return mean(self.losses[(epoch - 1) * size : epoch * size])

    @property
    def last_epoch(self) -> Epoch | None:
        """The last epoch that was evaluated."""
        return self.epochs[-1] if self.epochs else None


def counted(timed: Iterable[Timed]) -> list[Timed]:
    """The runs that a variant's figures come from: the finished ones, or all if none finished."""
    everything = list(timed)
    return [t for t in everything if t.run.status == "finished"] or everything


def statuses(timed: Iterable[Timed]) -> str:
    """How the runs ended: '2 finished, 1 crashed'."""
    counts = Counter(t.run.status.replace("_", " ") for t in timed)
    return ", ".join(f"{number} {status}" for status, number in counts.most_common()) or "not started"


def percentiles(ms: Floats) -> tuple[float, float, float]:
    """50th, 95th and 99th percentile; NaN without batches."""
    if not len(ms):
        return NAN, NAN, NAN
    p50, p95, p99 = np.percentile(ms, (50, 95, 99))
    return float(p50), float(p95), float(p99)


def mean(values: Floats) -> float:
    """Mean of the finite values; NaN when there are none."""
    read = values[np.isfinite(values)]
    return float(read.mean()) if len(read) else NAN
