"""Races the experiments that wait for it, one at a time, in a thread of its own, and says to the
database all the while that it lives."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from lenet import instruments
from lenet.bench import environment, live, lock, machine, owners, recovery
from lenet.bench.lapsed import Lapsed
from lenet.bench.launcher import Outcome
from lenet.bench.queue import stopped_by
from lenet.bench.race import CANCELLED, Race
from lenet.bench.watched import Solo
from lenet.catalog import own
from lenet.errors import LeNetError, LockError, StoreError
from lenet.home import Home
from lenet.records import ANY_RUNNER, UNFINISHED, Experiment, RunnerState
from lenet.store import Store

LOCK_RETRY_SECONDS = 0.5
RETRY_SECONDS = 5
LOOK_SECONDS = 1.0
"""Between two looks at what others ask for."""
BEAT_SECONDS = 5.0
"""Between two signs of life; whoever gives none for `lapsed.LEASE_SECONDS` counts as gone."""
CLOSED = Outcome("interrupted", "LeNet Bench was closed while it ran.")
TAKEN = Outcome("interrupted", "It was ended elsewhere while it ran.")

log = logging.getLogger(__name__)


def _nobody(experiment_id: int) -> None:
    """Nobody wants to know."""


class Runner:
    """One machine's runner. `shared`: it takes what waits for any runner too, and lets the database
    know that it is there; without it only what was submitted to it itself.

    ended: is told the number of each experiment whose end was stored here, and must return at once.
    """

    def __init__(self, store: Store, home: Home, shared: bool, ended: Callable[[int], None] = _nobody) -> None:
        self.store, self.home, self.shared, self._ended_is_told = store, home, shared, ended
        self._self = owners.this_process()
        self._hold = owners.Hold(home, self._self)
        self.owner = str(self._self)
        self._takes = (self.owner, ANY_RUNNER) if shared else (self.owner,)
        self._lapsed = Lapsed(store, home) if shared else None
        self._changed = threading.Condition()
        self._race: Race | Solo | None = None
        self._threads: list[threading.Thread] = []
        self._started = datetime.now(UTC)
        self._closed = False
        self._told = ""
        self._unstored: StoreError | None = None

    def start(self) -> None:
        """Begin, unless it has begun already. Raises StoreError when the data folder cannot be
        written."""
        with self._changed:
            self._hold.take()
            if not self._threads:
                self._threads = [
                    threading.Thread(target=work, name=name, daemon=True) for name, work in self._work_of_threads()
                ]
                for thread in self._threads:
                    thread.start()

    def _work_of_threads(self) -> Iterator[tuple[str, Callable[[], None]]]:
        yield from (("race", self._work), ("signs of life", self._live))
        if self.shared:
            yield "pictures", self._exhibit

    def wake(self) -> None:
        """Look at the queue now."""
        with self._changed:
            self._changed.notify_all()

    def stop(self, experiment_id: int, outcome: Outcome = CANCELLED) -> bool:
        """End the experiment now if it runs here; whether it does."""
        with self._changed:
            self._unstored = None
            running = self._race is not None and self._race.experiment.id == experiment_id
            if self._race and running:
                self._race.stop(outcome)
            self._changed.notify_all()
            return running

    def wait(self, experiment_id: int, timeout: float | None = None) -> None:
        """Wait until the experiment has ended, at most `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended(experiment_id), timeout)

    def wait_until_stored(self, experiment_id: int) -> None:
        """Wait until the experiment's end is stored. Raises StoreError when it cannot be."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended(experiment_id) or self._unstored)
            if self._unstored and not self._ended(experiment_id):
                raise StoreError(f"{self._unstored} What it measured is kept, and stored at the next start.")

    def close(self) -> None:
        """End the running experiment (as interrupted) and the threads."""
        with self._changed:
            self._closed = True
            if self._race:
                self._race.stop(CLOSED)
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        with contextlib.suppress(StoreError):
            if self.shared:
                self.store.remove_runner(self.owner)
            if all(left.owner != self.owner for left in self.store.pending()):
                owners.forget(self.home, self._self)
        self._hold.let_go()

    # The thread that races

    def _work(self) -> None:
        while not self._closed:
            try:
                self._work_once()
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

    def _work_once(self) -> None:
        number = self._next()
        if number is None:
            return
        try:
            with lock.MachineLock(f"Experiment {number}") as machine_lock:
                experiment = self._claim(machine_lock)
                if experiment:
                    self._run(experiment)
        except LockError as error:
            self._refuse(number, error)
        with self._changed:
            self._race, self._unstored = None, None
            self._changed.notify_all()

    def _refuse(self, number: int, error: LockError) -> None:
        """What was asked of this process fails; what waits for any runner waits for a better one."""
        experiment = self.store.experiment(number)
        if experiment.owner != self.owner:
            raise error
        self._settle_until_stored(experiment, Outcome("failed", str(error)))

    def _next(self) -> int | None:
        """Wait for an experiment that this runner may take; None when closing."""
        with self._changed:
            while not self._closed:
                for number in self.store.waiting(self._takes):
                    return number
                # What another process queues wakes nobody here.
                self._changed.wait(LOOK_SECONDS if self.shared else None)
        return None

    def _claim(self, machine_lock: lock.MachineLock) -> Experiment | None:
        """Wait for the machine, then take the next experiment; None when nothing waits any more."""
        while not machine_lock.acquire():
            with self._changed:
                self._changed.wait(LOCK_RETRY_SECONDS)
                if self._closed or not self.store.waiting(self._takes):
                    return None
        description = machine.describe() | environment.recorded()
        with self._changed:
            for number in self.store.waiting(self._takes):
                programs = own.recorded(self.store.experiment(number).request.variants)
                if not self._closed and self.store.claim(number, description | programs, self.owner):
                    experiment = self.store.experiment(number)
                    runner = instruments.resolve(instruments.of(experiment.request).runner)
                    self._race = runner(experiment, self.store, self.home)
                    return experiment
        return None

    def _run(self, experiment: Experiment) -> None:
        assert self._race
        try:
            outcome = self._race.run()
        except LeNetError as error:
            outcome = Outcome("failed", str(error))
        except Exception as error:
            log.exception("Experiment %s", experiment.id, extra={"experiment": experiment.id})
            outcome = Outcome("failed", f"A fault in LeNet Bench: {type(error).__name__}: {error}")
        self._settle_until_stored(experiment, outcome)
        self._keep_figures(experiment)
        self._ended_is_told(experiment.id)

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
            log.exception("The figures of experiment %s", experiment.id, extra={"experiment": experiment.id})

    def _ended(self, experiment_id: int) -> bool:
        return self.store.experiment(experiment_id).status not in UNFINISHED

    # The thread that gives signs of life and listens

    def _live(self) -> None:
        last = -BEAT_SECONDS
        while not self._closed:
            race = self._race
            with self._patient():
                if time.monotonic() - last >= BEAT_SECONDS:
                    last = time.monotonic()
                    self._beat(race)
                if race and (who := self.store.stop_asked(race.experiment.id)):
                    race.stop(Outcome(CANCELLED.status, stopped_by(who)))
            with self._changed:
                # Without a race, and if nobody counts on this runner, there is nothing to say.
                idle = self._race is None and not self.shared
                self._changed.wait_for(lambda: self._closed, LOOK_SECONDS if not idle else RETRY_SECONDS)

    def _beat(self, race: Race | Solo | None) -> None:
        if race and not self.store.beat(race.experiment.id, self.owner) and self._ended(race.experiment.id):
            race.stop(TAKEN)
        if self._lapsed is not None:
            doing = f"racing experiment {race.experiment.id}" if race else "waiting"
            now = datetime.now(UTC)
            self.store.show_runner(RunnerState(self.owner, socket.gethostname(), doing, self._started, now))
            for number in (*recovery.recover(self.store, self.home), *self._lapsed.look()):
                self._ended_is_told(number)

    # The thread that shows pages elsewhere what runs here

    def _exhibit(self) -> None:
        # Imports pandas, for which nobody who only asks need wait.
        from lenet.bench.exhibit import Exhibit

        exhibit = Exhibit(self.store, self.home)
        while not self._closed:
            race = self._race
            with self._patient():
                exhibit.show(race.experiment if race else None)
            with self._changed:
                self._changed.wait_for(lambda: self._closed, LOOK_SECONDS)

    @contextlib.contextmanager
    def _patient(self) -> Iterator[None]:
        """A database that is away for a while ends no race: the tapes are here."""
        try:
            yield
        except StoreError as error:
            self._tell(error)
            if self._lapsed is not None:
                self._lapsed.forget()
        except Exception:
            log.exception("Beside a race")
