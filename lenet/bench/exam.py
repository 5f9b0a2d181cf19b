"""Runs an exam: a variant trains 20 batches, and its weights must equal the reference's."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lenet import stacks, variables
from lenet.analysis.exam import paper, parity
from lenet.bench.launcher import Outcome, Worker
from lenet.catalog import Variant
from lenet.records import Parity
from lenet.settings import Settings


def key(variant: Variant, settings: Settings) -> str:
    """Under which an exam's answer is kept: it stands as long as source, versions and settings are
    the same."""
    in_force = variables.in_force(os.environ, settings.device)
    return parity.key(variant, settings, stacks.availability(variant).versions, in_force)


def sit(
    variant: Variant, settings: Settings, folder: Path, started: Callable[[Worker], None] = lambda worker: None
) -> Parity:
    """Let `variant` sit its exam in a process of its own, in `folder`, which is removed afterwards.

    A miss is resat (`parity.SITTINGS` says why). `started` is called with each worker as soon as it
    runs, so that a race that is stopped can end it.
    """
    for sitting in range(parity.SITTINGS):
        result = _sit(variant, settings, sitting, folder, started)
        shutil.rmtree(folder, ignore_errors=True)
        if result.equivalent or result.status != "finished":
            break
    return result


def _sit(variant: Variant, settings: Settings, sitting: int, folder: Path, started: Callable[[Worker], None]) -> Parity:
    asked = parity.exam_settings(variant, settings, sitting)
    folder.mkdir(parents=True, exist_ok=True)
    paper.make(asked).write(folder / "problem.npz")
    worker = Worker(variant, asked, folder / "problem.npz", folder)
    started(worker)
    answer = _train(worker, asked)
    return _judge(variant, settings, sitting, worker.outcome(), answer)


def _train(worker: Worker, asked: Settings) -> Path | None:
    """Let the worker train all its batches; the path of its weights after the last epoch."""
    answer = None
    while (event := worker.next_event()) is not None:
        if event["event"] == "slice":
            worker.grant(asked.batches)
        elif event["event"] == "epoch":
            answer = Path(event["weights"])
    return answer


def _judge(variant: Variant, settings: Settings, sitting: int, outcome: Outcome, answer: Path | None) -> Parity:
    if outcome.status != "finished" or answer is None:
        return Parity(
            key(variant, settings),
            variant.name,
            False,
            math.nan,
            "",
            variant.tolerance,
            reason=outcome.reason,
            status=outcome.status,
        )
    with np.load(answer, allow_pickle=False) as arrays:
        weights = {name: arrays[name] for name in arrays.files}
    return parity.judge(variant, settings, key(variant, settings), weights, sitting)
