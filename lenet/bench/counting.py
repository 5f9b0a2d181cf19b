"""Runs an experiment that counts what each batch and each epoch re-creates. The worker counts, with the clock off
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
        """The batches to count: all after the warm-up."""
        return {"instrument": "counts", "plan": {"first": WARMUP}}

    def watch(self, worker: Worker) -> dict[str, Any]:
        """Let the worker train all its batches; the counts that it sends with its last event."""
        while (event := worker.next_event()) is not None:
            if event["event"] == "slice":
                worker.grant(worker.settings.batches)
        return worker.evidence
