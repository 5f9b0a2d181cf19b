"""A race: rounds of fresh processes that take turns in slices, in a shuffled order each time.

Neighbouring slices see the same machine, so its drift cancels in their ratio; fresh processes each round draw the
lottery that every process draws at its start (memory layout, thresholds) anew.
"""

from __future__ import annotations

import contextlib
import math
import random
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lenet import catalog, problem, stacks
from lenet.analysis.evaluate import evaluate
from lenet.analysis.steady import RESUME_DROP, WARMUP
from lenet.bench import exam, live
from lenet.bench.launcher import Event, Outcome, Worker
from lenet.bench.machine import LoadMeter, app_on, split_cores
from lenet.errors import StoreError
from lenet.home import Home
from lenet.records import Epoch, Experiment, Parity
from lenet.settings import Settings
from lenet.store import Store

CANCELLED = Outcome("cancelled", "It was stopped.")


@dataclass
class Entrant:
    """One run while it is alive."""

    run_id: int
    label: str
    worker: Worker
    meter: LoadMeter
    started_alone: bool
    alive: bool = True


class Race:
    """One experiment while it runs. `run` blocks; `stop` may come from any thread and takes effect at once."""

    def __init__(self, experiment: Experiment, store: Store, home: Home) -> None:
        self.experiment = experiment
        self.settings = experiment.request.settings
        self.store = store
        self.home = home
        self.folder = home.experiment(experiment.id)
        self.papers: dict[Settings, Path] = {}
        self.cores, self.app_cores = split_cores(self.settings.threads)
        # A ladder or a law is about the time of a batch: nobody asks for accuracy, or how long an import took.
        self.reports_all = experiment.request.instrument == "race"
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
        """Exams, then rounds. How the experiment ended; every run is stored by then."""
        self._say("preparing the images")
        self._write_papers()
        try:
            with app_on(self.app_cores):
                exams = self._exams()
                for number in range(1, self.settings.rounds + 1):
                    if self._end:
                        break
                    self._round(number, exams)
        finally:
            for paper in self.papers.values():
                paper.unlink(missing_ok=True)
            live.clear_stage(self.folder)
        if self._end:
            return self._end
        if self._unfinished:
            return Outcome("failed", f"{self._unfinished} of its runs did not finish.")
        return Outcome("finished")

    def _write_papers(self) -> None:
        """One problem for all entries that have the same settings; most experiments have one."""
        for entry in self.experiment.request.variants:
            settings = self._settings(entry)
            if settings not in self.papers:
                self.papers[settings] = self.folder / f"problem-{len(self.papers) + 1}.npz"
                problem.make(settings).write(self.papers[settings])

    def _settings(self, entry: str) -> Settings:
        return catalog.settings_of(entry, self.settings)

    # Exams

    def _exams(self) -> dict[str, Parity]:
        """The parity answer of each that can run: from the store, or from an exam now (untimed: in parallel).

        By name as in the request: one variant in two stacks sits two exams.
        """
        chosen = {name: catalog.variant(name) for name in self.experiment.request.variants}
        ready = {name: variant for name, variant in chosen.items() if stacks.availability(variant).available}
        keys = {name: exam.key(variant, self._settings(name)) for name, variant in ready.items()}
        known = self.store.parities(keys.values())
        due = [name for name in ready if keys[name] not in known]
        if due:
            self._say("checking that " + " and ".join(ready[name].title for name in due) + " compute the same thing")
        with ThreadPoolExecutor(max_workers=2) as pool:
            sat = dict(zip(due, pool.map(self._sit, due), strict=True))
        for answer in sat.values():
            # An exam without an answer is not kept: the next experiment asks again.
            if answer.status == "finished":
                self.store.add_parity(answer)
                known[answer.key] = answer
        answered = {name: key for name, key in keys.items() if key in known}
        entries = self._entries()
        self.store.set_parity_keys(self.experiment.id, {label: answered[n] for label, n in entries if n in answered})
        return {name: known[key] for name, key in answered.items()} | {
            name: answer for name, answer in sat.items() if answer.status != "finished"
        }

    def _entries(self) -> list[tuple[str, str]]:
        """(label, variant name) of each run of a round."""
        names = self.experiment.request.variants
        return list(zip(catalog.labels(names), names, strict=True))

    def _sit(self, name: str) -> Parity:
        return exam.sit(catalog.variant(name), self._settings(name), self.folder / f"exam-{name}", self._register)

    def _register(self, worker: Worker) -> None:
        with self._lock:
            self._workers.append(worker)
            if self._end:
                worker.end(self._end)

    # Rounds

    def _round(self, number: int, exams: dict[str, Parity]) -> None:
        order = self._entries()
        shuffle = random.Random(self.settings.seed + number)
        shuffle.shuffle(order)
        # The first round of a race starts them one at a time, and its import and build times are the ones reported.
        # Where only training is timed they may start together, which saves most of the waiting.
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
                    self._listen(entrant)
                if self.settings.slice_ms == 0:
                    self._train_alone(entrant)
            if not alone:
                for entrant in entrants:
                    self._listen(entrant)
            self._take_turns(entrants, shuffle)

    def _enter(
        self, number: int, label: str, variant: catalog.Variant, answer: Parity | None, alone: bool
    ) -> Entrant | None:
        """Store the run and start its process; None when it cannot run, which is stored as its result."""
        run_id = self.store.add_run(
            self.experiment.id,
            round=number,
            label=label,
            variant=variant.name,
            stack=variant.stack,
            source_hash=variant.source_hash(),
            folder=f"r{number}-{label}",
        )
        hindrance = self._hindrance(variant, answer)
        if hindrance is None:
            self._say(f"round {number} of {self.settings.rounds}: starting {catalog.title(label)}")
            try:
                return self._start(run_id, label, variant, self.folder / f"r{number}-{label}", alone)
            except (StoreError, OSError) as error:
                hindrance = Outcome("failed", str(error))
        self._unfinished += 1
        self.store.end_run(run_id, hindrance.status, reason=hindrance.reason, batches=live.NO_BATCHES)
        return None

    def _start(self, run_id: int, label: str, variant: catalog.Variant, folder: Path, alone: bool) -> Entrant:
        settings = self._settings(label)
        worker = Worker(variant, settings, self.papers[settings], folder)
        worker.facts["packages"] = stacks.availability(variant).versions
        self._register(worker)
        return Entrant(run_id, label, worker, LoadMeter(), alone)

    def _hindrance(self, variant: catalog.Variant, answer: Parity | None) -> Outcome | None:
        if self._end:
            return self._end
        state = stacks.availability(variant)
        if not state.available:
            return Outcome("unavailable", state.reason)
        if answer is not None and answer.status != "finished":
            return Outcome(answer.status, f"In the check against the reference: {answer.reason}")
        return None

    def _train_alone(self, entrant: Entrant) -> None:
        self._say("")
        while entrant.alive:
            self._turn(entrant, entrant.worker.settings.batches)
        self._close(entrant)

    def _take_turns(self, entrants: list[Entrant], shuffle: random.Random) -> None:
        share = 0.0
        while running := [entrant for entrant in entrants if entrant.alive]:
            shuffle.shuffle(running)
            for entrant in running:
                self._turn(entrant, math.ceil(share * entrant.worker.settings.batches) or WARMUP)
            if not share:
                share = self._slice_share(entrants)
                self._say("")

    def _slice_share(self, entrants: list[Entrant]) -> float:
        """Which share of its batches each run trains per slice, the same for all, so that all take as many turns.

        It is such that every slice lasts at least as long as asked: of runs with equally many batches, the fastest's.
        """
        return max((self._slice_length(e.worker) / e.worker.settings.batches for e in entrants if e.alive), default=1.0)

    def _slice_length(self, worker: Worker) -> int:
        """Batches in a slice that lasts as long as asked, by what the run has shown so far."""
        rows = worker.batches()[-WARMUP // 2 :]
        ms = float(np.median(rows["end"] - rows["start"])) / 1e6 if len(rows) else 1.0
        return RESUME_DROP + max(2 * RESUME_DROP, math.ceil(self.settings.slice_ms / ms))

    def _turn(self, entrant: Entrant, batches: int) -> None:
        if entrant.alive:
            entrant.worker.grant(batches)
            self._listen(entrant)

    def _listen(self, entrant: Entrant) -> None:
        """Read events until the run pauses or ends. Evaluation happens here, while nothing is being timed."""
        while (event := entrant.worker.next_event()) is not None:
            if event["event"] == "epoch":
                self._end_epoch(entrant, event)
            elif event["event"] == "slice":
                return
        entrant.alive = False

    def _end_epoch(self, entrant: Entrant, event: Event) -> None:
        path = Path(event["weights"])
        if self.reports_all:
            with np.load(path, allow_pickle=False) as weights:
                loss, accuracy = evaluate({name: weights[name] for name in weights.files})
            epoch = event["epoch"]
            batches = epoch * entrant.worker.settings.batches_per_epoch
            self.store.add_epoch(Epoch(entrant.run_id, epoch, loss, accuracy, batches))
        path.unlink()

    def _close(self, entrant: Entrant) -> None:
        """Wait for the process and store the run with every batch it made. Only then may its tape go."""
        if entrant.worker not in self._workers:
            return
        if entrant.alive:
            entrant.worker.end(self._end or Outcome("interrupted", "The race ended before this run did."))
        outcome = entrant.worker.outcome()
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
                "started_alone": entrant.started_alone,
                "worker_cores": self.cores,
                "app_cores": self.app_cores,
                "app_shares_cores": bool(set(self.cores) & set(self.app_cores)),
            },
            peak_memory=entrant.worker.peak_memory,
            batches=entrant.worker.batches(),
        )
        with contextlib.suppress(OSError):
            shutil.rmtree(entrant.worker.tape.parent)

    def _say(self, stage: str) -> None:
        live.set_stage(self.folder, stage)
