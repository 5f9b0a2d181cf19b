"""Runs an exam: a variant trains 20 batches, and its weights must equal the reference's.

Before a race of larger batches it sits a second paper, in a process of its own as the first: a compiler
that has seen another batch size compiles otherwise for the next one (PyTorch's, for any size), and that
would not be the program that races. A variant that missed the first does not sit it.
"""

from __future__ import annotations

import dataclasses
import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from lenet import stacks, variables
from lenet.analysis.exam import diagnosis, paper, parity
from lenet.bench.launcher import Outcome, Worker
from lenet.bench.sent_weights import Sent
from lenet.catalog import Variant
from lenet.records import Parity
from lenet.settings import Settings

STOPPED = ("cancelled", "interrupted")
"""How a process ends that somebody has stopped: it says nothing of the program."""


@dataclasses.dataclass(frozen=True)
class Sitting:
    """An exam's answer, and the end of what its process printed."""

    answer: Parity
    log: str = ""


def key(variant: Variant, settings: Settings) -> str:
    """Under which an exam's answer is kept: it stands as long as source, versions and settings are
    the same."""
    in_force = variables.in_force(os.environ, settings.device)
    return parity.key(variant, settings, stacks.availability(variant).versions, in_force)


def sit(
    variant: Variant,
    settings: Settings,
    folder: Path,
    started: Callable[[Worker], None] = lambda worker: None,
    first: Sitting | None = None,
) -> Sitting:
    """Let `variant` sit its exam, each paper in a process of its own, in `folder`, which is removed
    afterwards.

    A miss is resat (`parity.SITTINGS` says why). `started` is called with each worker as soon as it
    runs, so that a race that is stopped can end it. first: the answer to the first of two papers,
    where it is known. Raises StoreError when the disk refuses.
    """
    if not parity.has_two_papers(settings):
        return _sit_paper(variant, settings, folder, started)
    first = first or _sit_paper(variant, parity.first_of(settings), folder, started)
    if not first.answer.equivalent:
        return Sitting(dataclasses.replace(first.answer, key=key(variant, settings)), first.log)
    second = _sit_paper(variant, settings, folder, started)
    if second.answer.status != "finished":
        return second
    return Sitting(parity.both(first.answer, second.answer), second.log)


def _sit_paper(variant: Variant, settings: Settings, folder: Path, started: Callable[[Worker], None]) -> Sitting:
    """The last paper of the exam for `settings`."""
    for sitting in range(parity.SITTINGS):
        asked = parity.exam_settings(variant, settings, sitting)
        outcome, weights = _sit(variant, asked, folder, started)
        result = _judge(variant, settings, sitting, outcome, weights)
        if result.equivalent or result.status != "finished":
            break
    else:
        if parity.has_two_papers(settings):
            result = dataclasses.replace(result, reason=parity.only_at(settings))
        elif weights:
            result = _explained(variant, asked, result, weights, folder, started)
    return Sitting(result, outcome.log)


def _explained(
    variant: Variant,
    asked: Settings,
    missed: Parity,
    last: Sent,
    folder: Path,
    started: Callable[[Worker], None],
) -> Parity:
    """The same answer with what is wrong with the first update, for which `variant` trains one
    batch more. last: its weights after the exam `asked`."""
    if not math.isfinite(missed.difference):
        return missed
    outcome, first = _sit(variant, diagnosis.first_update(asked), folder, started)
    if outcome.status in STOPPED:
        return dataclasses.replace(missed, status=outcome.status, reason=outcome.reason)
    if first is None or not math.isfinite(parity.compare(first, last)[0]):
        return missed
    found = diagnosis.Diagnosis(first, last, asked)
    return dataclasses.replace(missed, layer=found.layer, reason=found.words)


def _sit(
    variant: Variant, asked: Settings, folder: Path, started: Callable[[Worker], None]
) -> tuple[Outcome, Sent | None]:
    """How the process ended that trained the exam `asked`, and its weights if it finished."""
    try:
        paper.make(asked).write(folder / "problem.npz")
        worker = Worker(variant, asked, folder / "problem.npz", folder)
        started(worker)
        while (event := worker.next_event()) is not None:
            if event["event"] == "slice":
                worker.grant(asked.batches)
        outcome = dataclasses.replace(worker.outcome(), log=worker.log_tail())
        return outcome, worker.weights if outcome.status == "finished" else None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _judge(variant: Variant, settings: Settings, sitting: int, outcome: Outcome, weights: Sent | None) -> Parity:
    if weights is None:
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
    return parity.judge(variant, settings, key(variant, settings), weights, sitting)
