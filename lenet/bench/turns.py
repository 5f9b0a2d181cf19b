"""Decides which run of a round trains: one at a time, in turns of a few batches, in a new order each
time.

A machine's speed wanders from some 30 ms on, so what is compared must lie closer together than that,
or as close as batches allow. A turn cannot be one batch: after a pause the first ones take longer, of
each variant by another share, and they do not count (`steady`).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lenet.analysis.steady import RESUME_DROP, SHORT_DROP, WARMUP
from lenet.bench.launcher import Event, Worker
from lenet.bench.machine import LoadMeter


@dataclass
class Entrant:
    """One run of a round while its process lives."""

    run_id: int
    label: str
    round: int
    worker: Worker
    meter: LoadMeter
    started_alone: bool
    compared: bool
    """Whether it passed its exam, so that its time may enter a ratio."""
    alive: bool = True


class Turns:
    """Lets runs train by turns, for about `slice_ms` each.

    end_epoch: called at the end of an epoch, while nothing is timed; training: called when all runs
    are warm.
    """

    def __init__(
        self, slice_ms: int, end_epoch: Callable[[Entrant, Event], None], training: Callable[[], None]
    ) -> None:
        self.slice_ms = slice_ms
        self.end_epoch = end_epoch
        self.training = training

    def alone(self, entrant: Entrant) -> None:
        """Train one run to its end, without turns."""
        self.training()
        while entrant.alive:
            self._turn(entrant, entrant.worker.settings.batches)

    def take(self, entrants: list[Entrant], shuffle: random.Random) -> None:
        """Train all runs to their ends, by turns."""
        share = 0.0
        while running := [entrant for entrant in entrants if entrant.alive]:
            shuffle.shuffle(running)
            for entrant in running:
                self._turn(entrant, math.ceil(share * entrant.worker.settings.batches) or WARMUP)
            if not share:
                share = self._share(entrants)
                self.training()

    def listen(self, entrant: Entrant) -> None:
        """Read events until the run pauses or ends."""
        while (event := entrant.worker.next_event()) is not None:
            if event["event"] == "epoch":
                self.end_epoch(entrant, event)
            elif event["event"] == "slice":
                return
        entrant.alive = False

    def _turn(self, entrant: Entrant, batches: int) -> None:
        if entrant.alive:
            entrant.worker.grant(batches)
            self.listen(entrant)

    def _share(self, entrants: list[Entrant]) -> float:
        """The share of its batches that each run trains per turn, so large that every turn lasts at
        least `slice_ms`.

        It is the same for all runs, so that all take equally many turns; among runs with equally
        many batches the fastest decides.
        """
        return max((self._length(e.worker) / e.worker.settings.batches for e in entrants if e.alive), default=1.0)

    def _length(self, worker: Worker) -> int:
        """Batches in a turn, by the run's times so far."""
        rows = worker.batches()[-WARMUP // 2 :]
        ms = float(np.median(rows["end"] - rows["start"])) / 1e6 if len(rows) else 1.0
        if worker.settings.sync == "epoch":
            # Its end waits for all work that was handed over, which must be small beside the turn.
            return 3 * RESUME_DROP + math.ceil(2 * self.slice_ms / ms)
        calls = 2 * worker.variant.batches_per_call if worker.variant.batches_per_call > 1 else 0
        return max(2 * SHORT_DROP, math.ceil(self.slice_ms / ms), calls)
