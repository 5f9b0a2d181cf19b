"""Generate ten thousand experiments of a team.

The store's own functions write them, so they are stored as real ones are.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from lenet.analysis import circumstances
from lenet.analysis.across import figures
from lenet.records import Annotation, Experiment, Figure, Request, Run, versions_of
from lenet.settings import Settings
from lenet.store import Store
from lenet.worker.tape import DTYPE

EXPERIMENTS = 10_000
ROUNDS, BATCHES = 3, 40
VARIANTS = ("tensorflow_graph", "tensorflow_function", "keras_fit", "keras_xla", "keras_lean", "numpy_reference")
HOSTS = ("build-1", "build-2", "laptop", "server")
USERS = ("local", "ann@example.org", "bo@example.org")
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
REGRESSION = timedelta(days=800)
"""The age of the history at which `keras_fit` becomes 5 % slower."""
SETTINGS = Settings.parse({"images_per_epoch": 32 * BATCHES, "rounds": ROUNDS, "threads": 2})


def generate(store: Store, count: int = EXPERIMENTS) -> None:
    """Add `count` experiments of a team to the store.

    They come from several machines and newer and newer versions, one of which is a regression.
    """
    generator = np.random.default_rng(7439)
    for number in range(count):
        experiment = _experiment(number, generator)
        runs = list(_runs(number, count, experiment))
        batches = {run.id: _tape(generator, 4.0 + VARIANTS.index(run.variant)) for run in runs}
        note = Annotation(f"Build {number}", "", ("nightly",)) if number % 7 == 0 else Annotation()
        known = store.add_experiment_whole(experiment, runs, batches, [], {}, note)
        store.put_figures(known, list(_figures(known, experiment, runs, generator)), figures.VERSION)


def _experiment(number: int, generator: np.random.Generator) -> Experiment:
    chosen = sorted(generator.choice(len(VARIANTS), 2, replace=False))
    request = Request(
        tuple(VARIANTS[at] for at in chosen), SETTINGS, submitter=str(USERS[generator.integers(len(USERS))])
    )
    host = HOSTS[generator.integers(len(HOSTS))]
    machine = {"host": host, "cpu": f"CPU of {host}", "cores": 8, "memory_bytes": 2**35, "gpus": [], "python": "3.11.9"}
    when = FIRST + timedelta(hours=2 * number)
    uid = uuid.UUID(int=int(generator.integers(2**63))).hex
    return Experiment(number, request, "finished", when, when, when, machine=machine, uid=uid, origin={})


def _runs(number: int, count: int, experiment: Experiment) -> Iterator[Run]:
    month = 12 * number // count
    facts = {"python": "3.11.9", "numpy": "2.4.1", "packages": {"tensorflow": f"2.{10 + month}.0", "keras": "3.14.0"}}
    for at in range(ROUNDS * len(experiment.request.variants)):
        variant = experiment.request.variants[at % len(experiment.request.variants)]
        yield Run(
            at + 1, number, at // len(experiment.request.variants) + 1, variant, variant, "finished", facts=facts,
            batch_count=BATCHES, started=experiment.created, ended=experiment.created,
        )  # fmt: skip


def _tape(generator: np.random.Generator, ms: float) -> np.ndarray[Any, np.dtype[np.void]]:
    rows = np.zeros(BATCHES, DTYPE)
    rows["end"] = np.cumsum(1e6 * ms * generator.gamma(400, 1 / 400, BATCHES)).astype(np.int64)
    rows["start"][1:] = rows["end"][:-1]
    return rows


def _figures(number: int, experiment: Experiment, runs: list[Run], generator: np.random.Generator) -> Iterator[Figure]:
    for run in runs[: len(experiment.request.variants)]:
        slower = 1.05 if run.variant == "keras_fit" and experiment.created > FIRST + REGRESSION else 1.0
        ms = slower * (4.0 + VARIANTS.index(run.variant)) * float(np.exp(generator.normal(0, 0.008)))
        yield Figure(
            number, run.label, run.variant, run.stack, ms, 0.99 * ms, 1.01 * ms, ROUNDS, ROUNDS * BATCHES,
            circumstances.circumstance(experiment, run.label).key, versions_of(run.facts), "race",
            experiment.created, experiment.request.submitter, experiment.machine["host"], experiment.machine["cpu"],
        )  # fmt: skip
