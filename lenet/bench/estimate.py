"""Estimates how long an experiment will take and how much memory its processes need, from runs in
the store.

An entry that has never run here is guessed from its packages. The estimate is only shown before a
start; no result depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import psutil

from lenet import catalog, instruments
from lenet.analysis.steady import milliseconds
from lenet.errors import BadInput
from lenet.records import Request, Run
from lenet.settings import CORES, Settings
from lenet.store import Store

MEBIBYTE, GIBIBYTE = 1024**2, 1024**3
MEMORY = {"tensorflow": 600, "torch": 450, "jax": 350, "cntk": 400}
"""MiB of a process, by the framework that it imports; SMALL without a framework."""
SMALL = 150
START_SECONDS = 6.0
FIXED_IMAGES = 16
"""The fixed cost of a batch, as the number of images that take as long to compute; it carries a
time over from one batch size to another."""
MS_PER_IMAGE = 0.12
RESERVE = 0.05
"""Share of the machine's memory that other programs keep."""


@dataclass(frozen=True)
class Estimate:
    """The estimate: seconds, processes alive at once, and bytes that they need together."""

    seconds: float
    processes: int
    memory_bytes: int
    known: int
    """How many of its entries have run here before; the others are guessed."""


@dataclass(frozen=True)
class _Cost:
    """The estimate for one run of one entry."""

    start_seconds: float
    train_seconds: float
    memory_bytes: int
    known: bool


def estimate(store: Store, request: Request) -> Estimate:
    """Estimate what an experiment will cost. Raises StoreError when the database cannot be read."""
    costs = [_cost(store, entry, request.settings) for entry in request.variants]
    at_once = request.settings.slice_ms > 0 and instruments.of(request).timed
    memory = [cost.memory_bytes for cost in costs]
    return Estimate(
        _seconds(costs, request.settings.rounds),
        len(costs) if at_once else 1,
        sum(memory) if at_once else max(memory, default=0),
        sum(cost.known for cost in costs),
    )


def refuse(expected: Estimate) -> None:
    """Raise BadInput when this machine cannot hold the processes of an experiment at once."""
    total = psutil.virtual_memory().total
    if expected.memory_bytes > (1 - RESERVE) * total:
        raise BadInput(
            f"Its {expected.processes} processes would need about {expected.memory_bytes / GIBIBYTE:.1f} GiB at once, "
            f"and this machine has {total / GIBIBYTE:.1f} GiB; race fewer states or variants."
        )


def _seconds(costs: list[_Cost], rounds: int) -> float:
    """Seconds of all rounds: the first starts its processes one after the other, later rounds all
    at once.

    Exams are left out: each entry sits its exam once, and later experiments reuse the answer.
    """
    starts = sum(cost.start_seconds for cost in costs)
    together = starts / min(len(CORES), max(len(costs), 1))
    return starts + rounds * sum(cost.train_seconds for cost in costs) + (rounds - 1) * together


def _cost(store: Store, entry: str, shared: Settings) -> _Cost:
    variant, settings = catalog.variant(entry), catalog.settings_of(entry, shared)
    run = store.newest_run(variant.name, variant.stack, instruments.TIMED)
    if run is None:
        ms = MS_PER_IMAGE * (FIXED_IMAGES + settings.batch_size)
        return _Cost(START_SECONDS, settings.batches * ms / 1e3, _memory(variant), False)
    phases = run.phases
    start = phases.get("import", START_SECONDS) + phases.get("build", 0.0)
    memory = run.peak_memory or _memory(variant)
    return _Cost(start, settings.batches * _ms(store, run, settings.batch_size) / 1e3, memory, True)


def _ms(store: Store, run: Run, batch_size: int) -> float:
    """The run's median time of a batch, carried over to another batch size."""
    times = milliseconds(store.batches(run.id))
    before = catalog.settings_of(run.label, store.experiment(run.experiment_id).request.settings).batch_size
    scale = (FIXED_IMAGES + batch_size) / (FIXED_IMAGES + before)
    return scale * (float(np.median(times)) if len(times) else MS_PER_IMAGE * (FIXED_IMAGES + before))


def _memory(variant: catalog.Variant) -> int:
    known = [MEMORY[package] for package in variant.packages if package in MEMORY]
    return MEBIBYTE * max(known, default=SMALL)
