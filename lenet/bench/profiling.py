"""Runs a profile: py-spy samples where a batch's time goes, in runs that are never compared."""

from __future__ import annotations

from typing import Any

from lenet.analysis.steady import WARMUP
from lenet.bench.launcher import Event, Worker
from lenet.bench.sampler import Sampler, executable
from lenet.bench.watched import Solo
from lenet.errors import BadInput, WorkerError
from lenet.settings import Settings


class Profiling(Solo):
    """An experiment of the instrument `profile`."""

    doing = "sampling where the time goes in"

    def extra(self, settings: Settings) -> dict[str, Any]:
        """Job fields that make the worker let the profiler attach.

        Raises Unavailable when py-spy is missing.
        """
        executable()
        return {"instrument": "profile"}

    def watch(self, worker: Worker) -> dict[str, Any]:
        """Warm up, attach while the worker pauses, train, and detach when it pauses or has
        ended."""
        if worker.settings.batches_per_epoch <= WARMUP + 1:
            raise BadInput(f"A profile begins after {WARMUP} batches; train at least {WARMUP + 2} (images per epoch).")
        last = _warm(worker)
        if last is None:
            return {}
        with Sampler(worker.pid, worker.tape.parent / "stacks.txt") as sampler:
            first = last["batches"]
            worker.grant(worker.settings.batches_per_epoch - first - 1)
            last = _pause(worker)
            evidence = _stacks(sampler, alive=last is not None)
        while last is not None:
            worker.grant(worker.settings.batches)
            last = _pause(worker)
        return evidence and {**evidence, "first": first, "batches": worker.settings.batches_per_epoch - first - 1}


def _stacks(sampler: Sampler, alive: bool) -> dict[str, Any]:
    """Detach and return the stacks seen. After the worker has ended, an empty profile is not an
    error: the worker's own outcome says more."""
    try:
        return sampler.stop()
    except WorkerError:
        if alive:
            raise
    return {}


def _warm(worker: Worker) -> Event | None:
    """Train the warm-up batches; the pause after them, or None when the run has ended."""
    event = _pause(worker)
    while event is not None and event["batches"] < WARMUP:
        worker.grant(WARMUP - event["batches"])
        event = _pause(worker)
    return event


def _pause(worker: Worker) -> Event | None:
    """Wait until the run pauses; the event of its pause, or None when it has ended."""
    while (event := worker.next_event()) is not None:
        if event["event"] == "slice":
            return event
    return None
