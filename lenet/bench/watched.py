"""Runs an experiment that is watched instead of timed (counts, profile): each entry once, one after
the other, each in a process of its own.

No entry sits an exam and no batch is kept, so a watched run cannot enter a ratio. Its result is the
run's `evidence`.
"""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

from lenet import catalog, problem, stacks
from lenet.bench import live
from lenet.bench.launcher import Outcome, Worker
from lenet.bench.machine import LoadMeter, app_on, split_cores
from lenet.bench.race import CANCELLED
from lenet.errors import LeNetError
from lenet.home import Home
from lenet.records import Experiment
from lenet.settings import Settings
from lenet.store import Store

FINISHED = Outcome("finished")


class Solo:
    """One experiment while it runs. Like `Race`, `run` blocks and `stop` may be called from any
    thread.

    A subclass says which further fields a worker's job has (`extra`), what is being done (`doing`),
    and how it watches (`watch`).
    """

    doing = "watching"

    def __init__(self, experiment: Experiment, store: Store, home: Home) -> None:
        self.experiment = experiment
        self.settings = experiment.request.settings
        self.store = store
        self.folder = home.experiment(experiment.id)
        self.cores, self.app_cores = split_cores(self.settings)
        self._worker: Worker | None = None
        self._end: Outcome | None = None
        self._lock = threading.Lock()
        self._unfinished = 0

    def extra(self, settings: Settings) -> dict[str, Any]:
        """Further fields of the job of a worker with these settings."""
        raise NotImplementedError

    def watch(self, worker: Worker) -> dict[str, Any]:
        """Let the worker train to its end; the evidence.

        Raises LeNetError when there cannot be any.
        """
        raise NotImplementedError

    def stop(self, outcome: Outcome = CANCELLED) -> None:
        """End the experiment's process now; a run that had not finished ends with `outcome`."""
        with self._lock:
            self._end = self._end or outcome
            if self._worker:
                self._worker.end(outcome)

    def run(self) -> Outcome:
        """Run every entry; how the experiment ended. Every run is stored by then."""
        names = self.experiment.request.variants
        try:
            with app_on(self.app_cores):
                for label, entry in zip(catalog.labels(names), names, strict=True):
                    if self._end:
                        break
                    self._one(label, entry)
        finally:
            live.clear_stage(self.folder)
        if self._end:
            return self._end
        return Outcome("failed", f"{self._unfinished} of its runs did not finish.") if self._unfinished else FINISHED

    def _one(self, label: str, entry: str) -> None:
        variant = catalog.variant(entry)
        folder = self.folder / f"r1-{label}"
        run_id = self.store.add_run(
            self.experiment.id,
            round=1,
            label=label,
            variant=variant.name,
            stack=variant.stack,
            source_hash=variant.source_hash(),
            folder=folder.name,
        )
        state = stacks.availability(variant)
        if not state.available:
            self._store(run_id, Outcome("unavailable", state.reason))
            return
        live.set_stage(self.folder, f"{self.doing} {catalog.title(label)}")
        try:
            outcome, details = self._run(variant, catalog.settings_of(entry, self.settings), folder)
        except (LeNetError, OSError) as error:
            outcome, details = Outcome("failed", str(error)), {}
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self._store(run_id, outcome, **details)

    def _run(self, variant: catalog.Variant, settings: Settings, folder: Path) -> tuple[Outcome, dict[str, Any]]:
        """(how the run ended, what is stored with it)."""
        file = folder / "problem.npz"
        problem.make(settings).write(file)
        worker = Worker(variant, settings, file, folder, self.extra(settings))
        worker.facts["packages"] = stacks.availability(variant).versions
        meter = LoadMeter()
        self._register(worker)
        evidence, outcome = self._watched(worker)
        details = {
            "log": outcome.log,
            "facts": worker.facts,
            "phases": worker.phases,
            "load": {**meter.read(), "worker_cores": self.cores, "app_cores": self.app_cores},
            "evidence": evidence,
            "peak_memory": worker.peak_memory,
        }
        return outcome, details

    def _watched(self, worker: Worker) -> tuple[dict[str, Any], Outcome]:
        """(evidence, how the run ended); the evidence is empty for a run that did not finish."""
        evidence: dict[str, Any] = {}
        try:
            evidence = self.watch(worker)
        except LeNetError as error:
            worker.end(Outcome("failed", str(error)))
        finally:
            outcome = self._ended(worker)
        if outcome.status != "finished":
            return {}, outcome
        if not evidence:
            outcome = Outcome(
                "failed", "It was watched to its end, but nothing was found; try again.", worker.log_tail()
            )
        return evidence, outcome

    def _register(self, worker: Worker) -> None:
        with self._lock:
            self._worker = worker
            if self._end:
                worker.end(self._end)

    def _ended(self, worker: Worker) -> Outcome:
        outcome = worker.outcome()
        with self._lock:
            self._worker = None
        return outcome

    def _store(self, run_id: int, outcome: Outcome, **rest: Any) -> None:
        self._unfinished += outcome.status != "finished"
        self.store.end_run(run_id, outcome.status, reason=outcome.reason, batches=live.NO_BATCHES, **rest)
