"""Runs a race: exams, then rounds of fresh processes that take turns (`turns`), as many rounds as
needed (`rounds`).

Neighbouring slices see the same machine, so its drift cancels in their ratio. Chance decides at the
start of a process about memory layout and thresholds; fresh processes in each round make that
chance visible.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import threading
from pathlib import Path

from lenet import catalog, instruments, problem, stacks, twins
from lenet.analysis import confirmation
from lenet.analysis.exam.evaluate import evaluate
from lenet.bench import live
from lenet.bench.exam import Sitting
from lenet.bench.exams import Exams
from lenet.bench.launcher import Event, Outcome, Worker
from lenet.bench.machine import LoadMeter, app_on, split_cores
from lenet.bench.rounds import Pace
from lenet.bench.turns import Entrant, Turns
from lenet.errors import StoreError
from lenet.fleet import member
from lenet.home import Home
from lenet.records import Epoch, Experiment
from lenet.settings import Settings
from lenet.store import Store

CANCELLED = Outcome("cancelled", "It was stopped.")


class Race:
    """One experiment while it runs. `run` blocks; any thread may call `stop`, which acts at
    once."""

    def __init__(self, experiment: Experiment, store: Store, home: Home) -> None:
        self.experiment = experiment
        self.settings = experiment.request.settings
        self.store = store
        self.home = home
        self.folder = home.experiment(experiment.id)
        self.twin = twins.label(experiment.request)
        self.problems: dict[Settings, Path] = {}
        self.cores, self.app_cores = split_cores(self.settings)
        # A ladder, a law and a race that is to decide ask for the time of a batch only, not for
        # accuracy or the time of an import.
        self.reports_all = instruments.of(experiment.request).reports_training and not self.settings.decide
        self.turns = Turns(self.settings.slice_ms, self._end_epoch, lambda: self._say(""))
        self.pace = Pace(experiment.request, store)
        self._workers: list[Worker] = []
        self._end: Outcome | None = None
        self._lock = threading.Lock()
        self._unfinished = 0

    def stop(self, outcome: Outcome = CANCELLED) -> None:
        """End every process of this race now; runs that had not finished end with `outcome`."""
        with self._lock:
            self._end = self._end or outcome
            for worker in self._workers:
                worker.end(outcome)

    def run(self) -> Outcome:
        """Run exams, then rounds; how the experiment ended. Every run is stored by then."""
        self._say("preparing the images")
        try:
            self._write_problems()
            with app_on(self.app_cores):
                self._rounds(self._exams())
        finally:
            for file in self.problems.values():
                file.unlink(missing_ok=True)
            live.clear_stage(self.folder)
        return self._end or self._outcome()

    def _outcome(self) -> Outcome:
        reached = self.pace.conclusion()
        if self._unfinished:
            return Outcome("failed", f"{self._unfinished} of its runs did not finish. {reached}".rstrip())
        return Outcome("finished", reached)

    def _write_problems(self) -> None:
        """Write one problem file per settings; in most experiments all entries share one."""
        for entry in self.experiment.request.variants:
            settings = self._settings(entry)
            if settings not in self.problems:
                self.problems[settings] = self.folder / f"problem-{len(self.problems) + 1}.npz"
                problem.make(settings).write(self.problems[settings])

    def _settings(self, entry: str) -> Settings:
        return catalog.settings_of(entry, self.settings)

    def _exams(self) -> dict[str, Sitting]:
        return Exams(self.experiment, self.store, self.folder, self._register, self._say).answers()

    def _entries(self) -> list[tuple[str, str]]:
        """(label, entry) of each run of a round."""
        names = self.experiment.request.variants
        return list(zip(catalog.labels(names), names, strict=True))

    def _register(self, worker: Worker) -> None:
        with self._lock:
            self._workers.append(worker)
            if self._end:
                worker.end(self._end)

    # Rounds

    def _rounds(self, exams: dict[str, Sitting]) -> None:
        self.pace.begin()
        while self.pace.goes_on and not self._end:
            live.set_outlook(self.folder, self.pace.outlook())
            self._round(self.pace.done + 1, exams)
            self.pace.end_round()

    def _round(self, number: int, exams: dict[str, Sitting]) -> None:
        order = self._entries()
        shuffle = random.Random(self.settings.seed + number)
        shuffle.shuffle(order)
        # The first round of a race starts its processes one at a time; the import and build times
        # that are reported are this round's. Later rounds start them together, which saves most of
        # the waiting.
        alone = (number == 1 and self.reports_all) or self.settings.slice_ms == 0
        entrants: list[Entrant] = []
        with contextlib.ExitStack() as closing:
            for label, name in order:
                entrant = self._enter(number, label, catalog.variant(name), exams.get(name), alone)
                if entrant is None:
                    continue
                closing.callback(self._close, entrant)
                entrants.append(entrant)
                if alone:
                    self.turns.listen(entrant)
                if self.settings.slice_ms == 0:
                    self.turns.alone(entrant)
                    self._close(entrant)
            if not alone:
                for entrant in entrants:
                    self.turns.listen(entrant)
            self.turns.take(entrants, shuffle)

    def _enter(
        self, number: int, label: str, variant: catalog.Variant, exam: Sitting | None, alone: bool
    ) -> Entrant | None:
        """Store the run and start its process; None when it cannot run, which is stored instead."""
        run_id = self.store.add_run(
            self.experiment.id,
            round=number,
            label=label,
            variant=variant.name,
            stack=variant.stack,
            source_hash=variant.source_hash(),
            folder=f"r{number}-{label}",
        )
        hindrance = self._hindrance(variant, exam)
        if hindrance is None:
            self._say(f"{self.pace.counted(number)}: starting {catalog.title(label)}")
            try:
                worker = self._start(label, variant, self.folder / f"r{number}-{label}")
                compared = exam is not None and exam.answer.equivalent and label != self.twin
                return Entrant(run_id, label, number, worker, LoadMeter(), alone, compared)
            except (StoreError, OSError) as error:
                hindrance = Outcome("failed", str(error))
        self._unfinished += 1
        self.store.end_run(
            run_id, hindrance.status, reason=hindrance.reason, log=hindrance.log, batches=live.NO_BATCHES
        )
        return None

    def _start(self, label: str, variant: catalog.Variant, folder: Path) -> Worker:
        settings = self._settings(label)
        worker = Worker(variant, settings, self.problems[settings], folder)
        worker.facts["packages"] = stacks.availability(variant).versions
        self._register(worker)
        return worker

    def _hindrance(self, variant: catalog.Variant, exam: Sitting | None) -> Outcome | None:
        if self._end:
            return self._end
        state = stacks.availability(variant)
        if not state.available:
            return Outcome("unavailable", state.reason)
        if exam is not None and exam.answer.status != "finished":
            return Outcome(exam.answer.status, f"In the check against the reference: {exam.answer.reason}", exam.log)
        return None

    def _end_epoch(self, entrant: Entrant, event: Event) -> None:
        """Evaluate the run's weights; nothing is timed at this moment."""
        if self.reports_all and entrant.worker.weights is not None:
            loss, accuracy = evaluate(entrant.worker.weights)
            epoch = event["epoch"]
            batches = epoch * entrant.worker.settings.batches_per_epoch
            self.store.add_epoch(Epoch(entrant.run_id, epoch, loss, accuracy, batches))

    def _close(self, entrant: Entrant) -> None:
        """Wait for the process and store the run with all its batches; only then remove its
        tape."""
        if entrant.worker not in self._workers:
            return
        if entrant.alive:
            entrant.worker.end(self._end or Outcome("interrupted", "The race ended before this run did."))
        outcome = entrant.worker.outcome()
        rows = entrant.worker.batches()
        with self._lock:
            self._workers.remove(entrant.worker)
        self._unfinished += outcome.status != "finished"
        self.store.end_run(
            entrant.run_id,
            outcome.status,
            reason=outcome.reason,
            log=outcome.log,
            facts=entrant.worker.facts,
            phases=entrant.worker.phases,
            load={
                **entrant.meter.read(),
                **entrant.worker.load,
                "started_alone": entrant.started_alone,
                **({confirmation.MARK: True} if self.pace.confirms else {}),
                **({member.MARK: True} if member.living(self.home) else {}),
                "worker_cores": self.cores,
                "app_cores": self.app_cores,
                "app_shares_cores": bool(set(self.cores) & set(self.app_cores)),
            },
            peak_memory=entrant.worker.peak_memory,
            batches=rows,
        )
        if outcome.status == "finished" and entrant.compared:
            self.pace.keep(entrant.label, entrant.round, rows)
        with contextlib.suppress(OSError):
            shutil.rmtree(entrant.worker.tape.parent)

    def _say(self, stage: str) -> None:
        live.set_stage(self.folder, stage)
