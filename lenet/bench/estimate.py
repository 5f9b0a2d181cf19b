"""Estimates how long an experiment will take and how much memory its processes need, from runs in
the store.

An entry that has never run here is guessed from its packages. The estimate is only shown before a
start; no result depends on it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lenet import catalog, instruments
from lenet.analysis.steady import milliseconds
from lenet.bench import sight
from lenet.records import Request, Run
from lenet.settings import CORES, Settings
from lenet.store import Store
from lenet.worker.tape import DTYPE

MEBIBYTE, GIBIBYTE = 1024**2, 1024**3
KIBIBYTE = 1024
MEMORY = {"tensorflow": 600, "torch": 450, "jax": 350, "cntk": 400}
"""MiB of a process, by the framework that it imports; SMALL without a framework."""
SMALL = 150
IMAGE_KIB = {"tensorflow": 180, "torch": 180, "jax": 610, "cntk": 180}
"""KiB that a process grows by with each image of its batch, by framework (CNTK's is a guess);
REFERENCE_KIB without one, which computes in float64. They are the peaks at batch sizes 32 and 4000,
with two threads, through the images between."""
REFERENCE_KIB = 810
START_SECONDS = 6.0
FIXED_IMAGES = 16
"""The fixed cost of a batch, as the number of images that take as long to compute; it carries a
time over from one batch size to another."""
MS_PER_IMAGE = 0.12


@dataclass(frozen=True)
class Estimate:
    """The estimate: seconds, processes alive at once, and bytes that they need together."""

    seconds: float
    processes: int
    memory_bytes: int
    known: int
    """How many of its entries have run here before; the others are guessed."""
    tape_bytes: int = 0
    """That the tapes of its runs at once reserve on the disk."""
    visible: float = math.nan
    """The difference that it is expected to find nine times in ten, as a share; NaN where the noise was
    not measured here, and for what compares nothing."""


@dataclass(frozen=True)
class _Cost:
    """The estimate for one run of one entry."""

    start_seconds: float
    train_seconds: float
    memory_bytes: int
    tape_bytes: int
    known: bool


def estimate(store: Store, request: Request, target: str = "") -> Estimate:
    """Estimate what an experiment will cost here, or on the machine `target` of the fleet. Raises
    StoreError when the database cannot be read."""
    costs = [_cost(store, entry, request.settings, target) for entry in request.variants]
    sees = instruments.of(request).compared and len(request.variants) > 1 and not target
    at_once = _at_once(request)
    memory, tapes = [cost.memory_bytes for cost in costs], [cost.tape_bytes for cost in costs]
    return Estimate(
        _seconds(costs, request),
        len(costs) if at_once else 1,
        sum(memory) if at_once else max(memory, default=0),
        sum(cost.known for cost in costs),
        sum(tapes) if at_once else max(tapes, default=0),
        sight.visible(store, request) if sees else math.nan,
    )


def of_round(store: Store, request: Request) -> tuple[float, float]:
    """The seconds to start the processes of a round together, and to train one batch of each.

    Raises StoreError.
    """
    costs = [_cost(store, entry, request.settings) for entry in request.variants]
    batches = [catalog.settings_of(entry, request.settings).batches for entry in request.variants]
    trained = sum(cost.train_seconds / number for cost, number in zip(costs, batches, strict=True))
    return _together(costs), trained


def _seconds(costs: list[_Cost], request: Request) -> float:
    """Seconds of all rounds. Processes start one after the other in the first round of what reports its
    starts, and where one runs at a time; otherwise all at once.

    Exams are left out: each entry sits its exam once, and later experiments reuse the answer.
    """
    settings = request.settings
    together, alone = _together(costs), sum(cost.start_seconds for cost in costs)
    reported = instruments.of(request).reports_training and not settings.decide
    first, later = (alone if reported else together), together
    if not _at_once(request):
        first = later = alone
    return first + (settings.rounds - 1) * later + settings.rounds * sum(cost.train_seconds for cost in costs)


def _at_once(request: Request) -> bool:
    """Whether all processes of a round live at once, taking turns."""
    return request.settings.slice_ms > 0 and instruments.of(request).timed


def _together(costs: list[_Cost]) -> float:
    return sum(cost.start_seconds for cost in costs) / min(len(CORES), max(len(costs), 1))


def _cost(store: Store, entry: str, shared: Settings, target: str = "") -> _Cost:
    variant, settings = catalog.variant(entry), catalog.settings_of(entry, shared)
    tapes = settings.batches * DTYPE.itemsize
    run = store.newest_run(variant.name, variant.stack, instruments.TIMED, target)
    if run is None:
        ms = MS_PER_IMAGE * (FIXED_IMAGES + settings.batch_size)
        memory = _memory(variant, settings.batch_size)
        return _Cost(START_SECONDS, settings.batches * ms / 1e3, memory, tapes, False)
    phases, before = run.phases, _batch_size(store, run)
    start = (phases.get("import", START_SECONDS) + phases.get("build", 0.0)) / _crowd(store, run)
    train = settings.batches * _ms(store, run, before, settings.batch_size) / 1e3
    return _Cost(start, train, _carried(run, variant, before, settings.batch_size), tapes, True)


def _crowd(store: Store, run: Run) -> float:
    """How many times as long a run took to start as it would have alone: those of its round shared the
    cores."""
    if run.load.get("started_alone", True):
        return 1.0
    together = len(store.experiment(run.experiment_id).request.variants)
    return max(together / len(CORES), 1.0)


def _batch_size(store: Store, run: Run) -> int:
    """That a run trained with."""
    return catalog.settings_of(run.label, store.experiment(run.experiment_id).request.settings).batch_size


def _ms(store: Store, run: Run, before: int, batch_size: int) -> float:
    """The run's median time of a batch, carried over from the batch size `before` to another."""
    times = milliseconds(store.batches(run.id))
    scale = (FIXED_IMAGES + batch_size) / (FIXED_IMAGES + before)
    return scale * (float(np.median(times)) if len(times) else MS_PER_IMAGE * (FIXED_IMAGES + before))


def _carried(run: Run, variant: catalog.Variant, before: int, batch_size: int) -> int:
    """The run's peak memory, carried over from the batch size `before` to another."""
    if not run.peak_memory:
        return _memory(variant, batch_size)
    carried = run.peak_memory + _image_bytes(variant) * (batch_size - before)
    return max(carried, min(run.peak_memory, SMALL * MEBIBYTE))


def _memory(variant: catalog.Variant, batch_size: int) -> int:
    more = max(batch_size - Settings.batch_size, 0)
    return MEBIBYTE * _of(variant, MEMORY, SMALL) + _image_bytes(variant) * more


def _image_bytes(variant: catalog.Variant) -> int:
    return KIBIBYTE * _of(variant, IMAGE_KIB, REFERENCE_KIB)


def _of(variant: catalog.Variant, table: Mapping[str, int], otherwise: int) -> int:
    """The largest entry of the variant's packages."""
    return max((table[package] for package in variant.packages if package in table), default=otherwise)
