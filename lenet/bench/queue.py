"""What users ask of experiments: to queue one, to stop it, and its place. It only reads and writes
the database; a `runner` here or elsewhere does the work."""

from __future__ import annotations

import time

from lenet import catalog, data, stacks
from lenet.bench import recovery
from lenet.bench.owners import Life
from lenet.bench.race import CANCELLED
from lenet.errors import BadInput
from lenet.fleet import dispatch, machines
from lenet.home import Home
from lenet.records import ANY_RUNNER, FLEET, UNFINISHED, Experiment, Machine, Pending, Request
from lenet.store import Admit, Store, open_store

LOOK_SECONDS = 0.5
WHO = "A user"


class Queue:
    """The queue of a database. Its experiments wait for any runner that shares the database."""

    owner = ANY_RUNNER
    """To whom a submitted experiment belongs, as `bench.owners` writes it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.store: Store = open_store(home.database_url)
        recovery.recover(self.store, home)

    def submit(self, request: Request, seconds: float = 0.0, admit: Admit | None = None) -> int:
        """Queue an experiment that is planned to take `seconds`, and return its number.

        admit: raises BadInput where its submitter has asked for too much already. Raises BadInput,
        DataError or StoreError when it cannot be run as asked; nothing is stored then.
        """
        check(request)
        return self.store.add_experiment(request, self.owner, seconds, admit)

    def submit_to(
        self, machine: Machine, request: Request, seconds: float = 0.0, admit: Admit | None = None, group: str = ""
    ) -> int:
        """Queue an experiment that waits for a machine of the fleet, as `submit` does.

        group: what it has in common with the others that were asked for as one.
        """
        check_written(request)
        machines.check(machine, request)
        return self.store.add_experiment(request, FLEET, seconds, admit, target=machine.id, group=group)

    def stop(self, experiment_id: int, who: str = WHO) -> None:
        """End an experiment: a queued one now, a running one as soon as whoever runs it looks,
        about a second later. Its runs keep all batches trained so far.

        Raises BadInput when nobody can tell whether that process still lives.
        """
        recovery.recover(self.store, self.home)
        experiment = self.store.experiment(experiment_id)
        if experiment.status == "queued" and self.store.withdraw(experiment_id, CANCELLED.status, stopped_by(who)):
            return
        experiment = self.store.experiment(experiment_id)
        if experiment.status in UNFINISHED:
            recovery.check_heard(self.store, self.home, experiment)
            self.store.ask_to_stop(experiment_id, who)

    def recover(self) -> None:
        """End what a process left that is gone: nobody asked for that."""
        recovery.recover(self.store, self.home)

    def force(self, experiment_id: int) -> None:
        """End an experiment of another process of which nobody can tell whether it lives.

        Raises BadInput when it lives.
        """
        recovery.force(self.store, self.home, experiment_id)

    def adrift(self, experiment: Experiment) -> bool:
        """Whether nobody can tell if the process of an unfinished experiment still lives."""
        return recovery.life(self.store, self.home, experiment) is Life.UNKNOWN

    def unfinished(self) -> list[Pending]:
        """What is queued or running, oldest first, without what a process left that is gone."""
        recovery.recover(self.store, self.home)
        return self.store.pending()

    def place(self, experiment_id: int) -> int:
        """How many experiments go before this one: 0 when it runs or is next."""
        placed = self.store.placed()
        if any(one.id == experiment_id for one in placed):
            return dispatch.place(placed, experiment_id)
        return self._place_here(experiment_id)

    def _place_here(self, experiment_id: int) -> int:
        waiting = self.store.waiting((ANY_RUNNER,))
        running = sum(e.status == "running" for e in self.store.pending())
        return waiting.index(experiment_id) + running if experiment_id in waiting else 0

    def wait(self, experiment_id: int, timeout: float | None = None) -> Experiment:
        """Wait until the experiment ends, at most `timeout` seconds; as it is then."""
        until = None if timeout is None else time.monotonic() + timeout
        while (experiment := self.store.experiment(experiment_id)).status in UNFINISHED:
            left = LOOK_SECONDS if until is None else until - time.monotonic()
            if left <= 0:
                break
            time.sleep(min(left, LOOK_SECONDS))
        return experiment

    def close(self) -> None:
        """Close the database."""
        self.store.close()


def check(request: Request) -> None:
    """Raise BadInput, or DataError, for what cannot be run here as asked."""
    check_written(request)
    states = [stacks.availability(catalog.asked(name)) for name in request.variants]
    if not any(state.available for state in states):
        raise BadInput(f"None of these variants can run here: {states[0].reason}")
    data.load()


def check_written(request: Request) -> None:
    """Raise BadInput for what can be run nowhere as asked."""
    if not request.variants:
        raise BadInput("Choose at least one variant; `python -m lenet variants` lists them.")
    for name in request.variants:
        catalog.asked(name)
        catalog.settings_of(name, request.settings)
        if catalog.Entry.parse(name).copy > 1:
            raise BadInput(f"{name!r} is the label of a copy; to race copies, name the entry as often as you want it.")


def stopped_by(who: str) -> str:
    """The reason that is stored with an experiment that somebody stopped; of whoever sits at the
    machine it needs no name."""
    return CANCELLED.reason if who in (WHO, Request.submitter) else f"It was stopped by {who}."
