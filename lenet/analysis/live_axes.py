"""Choose the axes of a race's live charts once, from its first warm batches, so that they stand
still while it runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lenet.analysis.live import batch_losses
from lenet.analysis.steady import WARMUP, milliseconds, training_seconds
from lenet.settings import Settings

if TYPE_CHECKING:
    from lenet.bench.live import LiveRun

SEEN = 3 * WARMUP
"""The batches of a run of the first round that decide: the first warm ones."""
ROOM, TIGHT = 2.0, 1.3
"""How many times a typical batch of the beginning the axis of times reaches, and at least how many
times the median of any run; bursts are cut off."""
LOSS_HIGH = 4.0
"""Above the loss of a network that has learnt nothing, ln 10 = 2.3."""
ROUND_STEPS = (1, 1.5, 2, 3, 4, 5, 7, 10)


@dataclass(frozen=True)
class Axes:
    """The ends of the axes; each begins at 0, but the loss at `loss_low`."""

    batches: int
    ms: float
    seconds: float
    loss_low: float
    loss_high: float


def axes(first: Sequence[LiveRun], now: Sequence[LiveRun], settings: Settings) -> Axes:
    """The axes of a race. first, now: the runs of its first and of its running round.

    They hold still, but for losses below the axis and for a run that turns out much slower than it
    began.
    """
    runs = (*first, *now)
    began = max((one for live in first if (one := _typical(live))), default=1.0)
    slowest = max((float(np.median(milliseconds(live.rows))) for live in runs if len(live.rows)), default=0.0)
    expected = max((_expected_seconds(live) for live in first), default=1.0)
    spent = max((training_seconds(live.rows) for live in runs), default=0.0)
    lowest = min((_lowest(live, settings) for live in runs), default=1.0)
    return Axes(
        batches=max((live.planned for live in runs), default=1),
        ms=rounded_up(max(ROOM * began, TIGHT * slowest)),
        seconds=rounded_up(max(1.1 * expected, spent)),
        loss_low=10.0 ** math.floor(math.log10(lowest)),
        loss_high=LOSS_HIGH,
    )


def _typical(live: LiveRun) -> float:
    """The median time of a run's first warm batches in ms, else of those that there are; 0 without
    any."""
    rows = live.rows[WARMUP:SEEN] if len(live.rows) > WARMUP else live.rows[1:]
    return float(np.median(milliseconds(rows))) if len(rows) else 0.0


def _expected_seconds(live: LiveRun) -> float:
    """The training time of a run, by its first batches: the first one, which compiles, counts too."""
    begun = live.rows[:SEEN]
    return training_seconds(begun) + (live.planned - len(begun)) * _typical(live) / 1e3 or 1.0


def _lowest(live: LiveRun, settings: Settings) -> float:
    """A loss below which few batches lie, at most 0.5; 0.001 at least."""
    losses = batch_losses(live, settings)
    read = losses[np.isfinite(losses)]
    return min(max(float(np.percentile(read, 2)), 1e-3), 0.5) if len(read) else 0.5


def rounded_up(value: float) -> float:
    """The next round number: 7.3 becomes 10, 14 becomes 15."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in ROUND_STEPS if step * power >= value * (1 - 1e-9))
