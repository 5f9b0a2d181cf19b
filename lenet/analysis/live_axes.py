"""Choose the axes of a race's live charts once, from its first warm batches, so that they stand
still while it runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lenet.analysis.steady import WARMUP

if TYPE_CHECKING:
    from lenet.analysis.growing.run import GrowingRun

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


def axes(first: Sequence[GrowingRun], now: Sequence[GrowingRun]) -> Axes:
    """The axes of a race. first, now: the runs of its first and of its running round.

    They hold still, but for losses below the axis and for a run that turns out much slower than it
    began.
    """
    runs = (*first, *now)
    began = max((one for run in first if (one := _typical(run))), default=1.0)
    slowest = max((_median(run) for run in runs if run.count), default=0.0)
    expected = max((_expected_seconds(run) for run in first), default=1.0)
    spent = max((run.seconds for run in runs), default=0.0)
    lowest = min((_lowest(run) for run in runs), default=1.0)
    return Axes(
        batches=max((run.planned for run in runs), default=1),
        ms=rounded_up(max(ROOM * began, TIGHT * slowest)),
        seconds=rounded_up(max(1.1 * expected, spent)),
        loss_low=10.0 ** math.floor(math.log10(lowest)),
        loss_high=LOSS_HIGH,
    )


def _typical(run: GrowingRun) -> float:
    """The median time of a run's first warm batches in ms, else of those that there are; 0 without
    any."""
    times = run.head[WARMUP:] if len(run.head) > WARMUP else run.head[1:]
    return float(np.median(times)) if len(times) else 0.0


def _median(run: GrowingRun) -> float:
    """The median time of a run's warm batches in ms, else of those that there are."""
    return run.median_ms if run.count > WARMUP else float(np.median(run.head))


def _expected_seconds(run: GrowingRun) -> float:
    """The training time of a run, by its first batches: the first one, which compiles, counts too."""
    return float(run.head.sum() + (run.planned - len(run.head)) * _typical(run)) / 1e3 or 1.0


def _lowest(run: GrowingRun) -> float:
    """A loss below which few batches lie, at most 0.5; 0.001 at least."""
    return min(max(run.losses.quantile(0.02), 1e-3), 0.5) if run.losses.count else 0.5


def rounded_up(value: float) -> float:
    """The next round number: 7.3 becomes 10, 14 becomes 15."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in ROUND_STEPS if step * power >= value * (1 - 1e-9))
