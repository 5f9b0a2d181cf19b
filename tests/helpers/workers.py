"""Workers of a test's own, on a problem of blank images; none of them outlives the test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from lenet import problem
from lenet.bench.launcher import Outcome, Worker
from lenet.catalog import Variant
from lenet.settings import Settings

Begin = Callable[[Variant, Settings, str], Worker]


@contextlib.contextmanager
def beginning(folder: Path, images: int) -> Iterator[Begin]:
    """A function that starts a worker of a variant, in the folder of that name below `folder`."""
    paper = folder / "problem.npz"
    weights = problem.initial_weights(np.random.default_rng(0))
    problem.Problem(np.zeros((images, 28, 28, 1), np.uint8), np.zeros(images, np.int64), weights).write(paper)
    workers: list[Worker] = []

    def begin(variant: Variant, settings: Settings, name: str) -> Worker:
        workers.append(Worker(variant, settings, paper, folder / name))
        return workers[-1]

    yield begin
    for worker in workers:
        worker.end(Outcome("cancelled"))
        worker.outcome()
