"""Runs an experiment that counts what each batch re-creates. The worker counts, with the clock off
(`lenet/worker/counting.py`)."""

from __future__ import annotations

from typing import Any

from lenet.analysis.steady import WARMUP
from lenet.bench.launcher import Worker
from lenet.bench.watched import Solo
from lenet.settings import Settings


class Counting(Solo):
    """An experiment of the instrument `counts`."""

    doing = "counting what is done in a batch of"

    def extra(self, settings: Settings) -> dict[str, Any]:
        """The batches to count: all after the warm-up, but at most as many as were asked for."""
        batches = min(self.experiment.request.plan["batches"], settings.batches_per_epoch - WARMUP)
        return {"instrument": "counts", "plan": {"first": WARMUP, "batches": max(batches, 0)}}

    def watch(self, worker: Worker) -> dict[str, Any]:
        """Let the worker train all its batches; the counts that it sends with its last event."""
        while (event := worker.next_event()) is not None:
            if event["event"] == "slice":
                worker.grant(worker.settings.batches)
        return worker.evidence
