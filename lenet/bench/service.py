"""The queue of experiments and the background thread that runs them. Page and shell both use it."""

from __future__ import annotations

import contextlib
import logging
import threading

from lenet import catalog, data, instruments, stacks
from lenet.bench import environment, live, lock, machine, owners, recovery
from lenet.bench.launcher import Outcome
from lenet.bench.owners import Life, Owner
from lenet.bench.race import CANCELLED, Race
from lenet.bench.watched import Solo
from lenet.errors import BadInput, LeNetError, LockError, StoreError
from lenet.home import Home
from lenet.records import UNFINISHED, Experiment, Request
from lenet.store import Store, open_store

LOCK_RETRY_SECONDS = 0.5
RETRY_SECONDS = 5
CLOSED = Outcome("interrupted", "LeNet Bench was closed while it ran.")

log = logging.getLogger(__name__)


class Service:
    """The experiments of this process: submitted, queued, run one at a time, stopped."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.store: Store = open_store(home.database_url)
        self._self = owners.this_process()
        self._hold = owners.Hold(home, self._self)
        self.owner = str(self._self)
        self._changed = threading.Condition()
        self._race: Race | Solo | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._unstored: StoreError | None = None
        self._told = ""
        recovery.recover(self.store, home)

    # What users ask for

    def submit(self, request: Request) -> int:
        """Queue an experiment and return its number.

        Raises BadInput, DataError or StoreError when it cannot be run as asked; nothing is stored
        then.
        """
        _check(request)
        with self._changed:
            self._hold.take()
            experiment_id = self.store.add_experiment(request, self.owner)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="race", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return experiment_id

    def stop(self, experiment_id: int) -> None:
        """End a queued or running experiment now; its runs keep all batches trained so far.

        Raises BadInput when another process runs it.
        """
        experiment = self.store.experiment(experiment_id)
        if experiment.status not in UNFINISHED:
            return
        if experiment.owner != self.owner:
            recovery.stop_left(self.store, self.home, experiment_id)
            return
        with self._changed:
            self._unstored = None
            if self._race and self._race.experiment.id == experiment_id:
                self._race.stop(CANCELLED)
            elif self.store.experiment(experiment_id).status == "queued":
                self.store.end_experiment(experiment_id, CANCELLED.status, CANCELLED.reason)
            self._changed.notify_all()

    def force(self, experiment_id: int) -> None:
        """End an experiment of another process of which nobody can tell whether it lives.

        Raises BadInput when it lives.
        """
        recovery.force(self.store, self.home, experiment_id)

    def adrift(self, experiment: Experiment) -> bool:
        """Whether nobody can tell if the process of an unfinished experiment still lives."""
        return experiment.owner != self.owner and recovery.life(self.home, experiment) is Life.UNKNOWN

    def unfinished(self) -> list[Experiment]:
        """What is queued or running, oldest first, without what a process left that is gone."""
        recovery.recover(self.store, self.home)
        return self.store.unfinished()

    def place(self, experiment_id: int) -> int:
        """How many experiments go before this one: 0 when it runs or is next."""
        waiting = (e for e in self.store.unfinished() if e.id < experiment_id)
        return sum(Owner.parse(e.owner).beside(self._self) for e in waiting)

    def wait(self, experiment_id: int, timeout: float | None = None) -> Experiment:
        """Wait until the experiment ends, at most `timeout` seconds; as it is then."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended(experiment_id), timeout)
        return self.store.experiment(experiment_id)

    def stop_and_wait(self, experiment_id: int) -> Experiment:
        """Stop an experiment of this process; as it is once its end is stored.

        Raises StoreError when that cannot be stored.
        """
        self.stop(experiment_id)
        with self._changed:
            self._changed.wait_for(lambda: self._ended(experiment_id) or self._unstored)
            if self._unstored and not self._ended(experiment_id):
                raise StoreError(f"{self._unstored} What it measured is kept, and stored at the next start.")
        return self.store.experiment(experiment_id)

    def close(self) -> None:
        """End the running experiment (as interrupted) and the thread; the service is then
        unusable."""
        with self._changed:
            self._closed = True
            if self._race:
                self._race.stop(CLOSED)
            self._changed.notify_all()
        if self._thread:
            self._thread.join()
        with contextlib.suppress(StoreError):
            if all(left.owner != self.owner for left in self.store.unfinished()):
                owners.forget(self.home, self._self)
        self._hold.let_go()
        self.store.close()

    # The background thread

    def _work(self) -> None:
        while not self._closed:
            try:
                self._work_on(self._next())
            except Exception as error:
                # Mostly a database that refuses. Batches are on the tapes and are recovered at the
                # next start.
                self._tell(error)
                with self._changed:
                    self._changed.wait_for(lambda: self._closed, RETRY_SECONDS)

    def _tell(self, error: Exception) -> None:
        """Log what is tried again every few seconds, once."""
        if str(error) != self._told:
            log.error("%s", error, exc_info=None if isinstance(error, LeNetError) else error)
        self._told = str(error)

    def _work_on(self, experiment: Experiment | None) -> None:
        if experiment is None:
            return
        try:
            with lock.MachineLock(f"Experiment {experiment.id}") as machine_lock:
                if self._take(machine_lock, experiment):
                    self._run(experiment)
        except LockError as error:
            self._settle_until_stored(experiment, Outcome("failed", str(error)))
        with self._changed:
            self._race, self._unstored = None, None
            self._changed.notify_all()

    def _next(self) -> Experiment | None:
        """Wait for a queued experiment of this process, the oldest first; None when closing."""
        with self._changed:
            while not self._closed:
                for experiment in self.store.unfinished():
                    if experiment.status == "queued" and experiment.owner == self.owner:
                        return experiment
                self._changed.wait()
        return None

    def _take(self, machine_lock: lock.MachineLock, experiment: Experiment) -> bool:
        """Wait for the machine; whether the experiment is still wanted once we have it."""
        while not machine_lock.acquire():
            with self._changed:
                self._changed.wait(LOCK_RETRY_SECONDS)
                if self._closed or self._ended(experiment.id):
                    return False
        with self._changed:
            if self._closed or self._ended(experiment.id):
                return False
            runner = instruments.resolve(instruments.of(experiment.request).runner)
            race = runner(experiment, self.store, self.home)
            self.store.start_experiment(experiment.id, machine.describe() | environment.recorded())
            self._race = race
        return True

    def _run(self, experiment: Experiment) -> None:
        assert self._race
        try:
            outcome = self._race.run()
        except LeNetError as error:
            outcome = Outcome("failed", str(error))
        except Exception as error:
            log.exception("Experiment %s", experiment.id)
            outcome = Outcome("failed", f"A fault in LeNet Bench: {type(error).__name__}: {error}")
        self._settle_until_stored(experiment, outcome)
        self._keep_figures(experiment)

    def _settle_until_stored(self, experiment: Experiment, outcome: Outcome) -> None:
        """Store the end; while disk or database refuse, say so on the page and try again."""
        while True:
            try:
                return recovery.settle(self.store, self.home, experiment, outcome)
            except StoreError as error:
                self._tell(error)
                live.set_stage(self.home.experiment(experiment.id), f"{error} Trying again.")
                with self._changed:
                    self._unstored = error
                    self._changed.notify_all()
                    if self._closed:
                        return
                    self._changed.wait(RETRY_SECONDS)

    def _keep_figures(self, experiment: Experiment) -> None:
        """Keep the figures for the history, which computes them itself when this fails."""
        # Imports pandas, for which the first paint must not wait.
        from lenet.analysis.across import figures

        try:
            figures.keep(self.store, experiment.id)
        except StoreError as error:
            self._tell(error)
        except Exception:
            log.exception("The figures of experiment %s", experiment.id)

    def _ended(self, experiment_id: int) -> bool:
        return self.store.experiment(experiment_id).status not in UNFINISHED


def _check(request: Request) -> None:
    if not request.variants:
        raise BadInput("Choose at least one variant; `python -m lenet variants` lists them.")
    variants = [catalog.variant(name) for name in request.variants]
    for name in request.variants:
        catalog.settings_of(name, request.settings)
        if catalog.Entry.parse(name).copy > 1:
            raise BadInput(f"{name!r} is the label of a copy; to race copies, name the entry as often as you want it.")
    states = [stacks.availability(variant) for variant in variants]
    if not any(state.available for state in states):
        raise BadInput(f"None of these variants can run here: {states[0].reason}")
    data.load()
