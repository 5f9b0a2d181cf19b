"""Is anything re-created each batch? Counted in the worker (`lenet/worker/counting.py`), with the
clock off."""

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
        """Which batches are counted: all after the warm-up, but at most as many as were asked
        for."""
        batches = min(self.experiment.request.plan["batches"], settings.batches_per_epoch - WARMUP)
        return {"instrument": "counts", "plan": {"first": WARMUP, "batches": max(batches, 0)}}

    def watch(self, worker: Worker) -> dict[str, Any]:
        """Grant everything; the worker sends what it counted with its last event."""
        while (event := worker.next_event()) is not None:
            if event["event"] == "slice":
                worker.grant(worker.settings.batches)
        return worker.evidence
