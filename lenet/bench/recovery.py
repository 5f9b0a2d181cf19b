"""The end of an experiment, from its tapes; also of one whose process can no longer write it.

Nothing that a living process may hold is removed: of a process that nobody can tell of, only a user
says that it is gone, and its files stay even then.
"""

from __future__ import annotations

import contextlib
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lenet.bench import live, owners
from lenet.bench.launcher import Outcome
from lenet.bench.owners import Life, Owner
from lenet.errors import BadInput, StoreError
from lenet.fleet.machines import is_there
from lenet.home import Home
from lenet.records import FLEET, UNFINISHED, Experiment
from lenet.store import Store

LOST = Outcome("interrupted", "The process that ran it is gone; every batch made until then is kept.")
FORCED = Outcome(
    "interrupted",
    "A user ended it, as nobody could tell whether the process that ran it still lives; the batches "
    "that this data folder has are kept.",
)
HEARD = timedelta(seconds=60)
"""A process that has given a sign of life within this time is one that hears of a wish to stop."""
NEEDED = ("tape", "stage.txt", "outlook.json")


def recover(store: Store, home: Home) -> list[int]:
    """Experiments whose process is gone become `interrupted`, with every batch on their tapes; the
    numbers of those.

    What the database refuses stays as it is until the next time.
    """
    ended = []
    for text in store.owners():
        owner = Owner.parse(text)
        with contextlib.suppress(StoreError), owners.examined(home, owner) as life:
            if life is Life.GONE:
                for one in store.pending():
                    if one.owner == text:
                        settle(store, home, store.experiment(one.id), LOST)
                        ended.append(one.id)
                owners.forget(home, owner)
    return ended


def settle(store: Store, home: Home, experiment: Experiment, outcome: Outcome) -> None:
    """Store the end of an experiment that no process runs any more, and first that of its runs
    which are not stored yet, from their tapes. Then its folder goes.

    Raises StoreError when the database refuses; tapes stay then, and may be stored later.
    """
    folder = home.experiment(experiment.id)
    _make_room(folder)
    _end(store, home, experiment, outcome)
    shutil.rmtree(folder, ignore_errors=True)


def check_heard(store: Store, home: Home, experiment: Experiment) -> None:
    """Raise BadInput where nobody can tell whether the process of an unfinished experiment lives:
    it will not hear of a wish to stop either."""
    fresh = experiment.beat is not None and datetime.now(UTC) - experiment.beat < HEARD
    if not fresh and life(store, home, experiment) is Life.UNKNOWN:
        raise BadInput(_refusal(store, experiment))


def force(store: Store, home: Home, experiment_id: int) -> None:
    """End an experiment because a user says that its process is gone. Its files stay.

    Raises BadInput when that process lives.
    """
    recover(store, home)
    experiment = store.experiment(experiment_id)
    if experiment.status not in UNFINISHED:
        return
    if life(store, home, experiment) is Life.ALIVE:
        raise BadInput(f"{_belongs(experiment)}, which lives; stop it instead.")
    _end(store, home, experiment, FORCED)


def life(store: Store, home: Home, experiment: Experiment) -> Life:
    """How the process of an experiment fares. What a machine of the fleet races lives while that machine
    is heard of, and nobody can tell afterwards; what waits for one waits."""
    if experiment.owner == FLEET:
        return Life.ALIVE
    if machine := owners.machine_of(experiment.owner):
        there = any(one.id == machine and is_there(one) for one in store.machines())
        return Life.ALIVE if there else Life.UNKNOWN
    with owners.examined(home, Owner.parse(experiment.owner)) as found:
        return found


def _make_room(folder: Path) -> None:
    """Remove all that is no measurement: on a full disk the database has room again."""
    for file in folder.rglob("*"):
        if not file.is_dir() and file.name not in NEEDED:
            with contextlib.suppress(OSError):
                file.unlink()


def _end(store: Store, home: Home, experiment: Experiment, outcome: Outcome) -> None:
    for run in store.runs(experiment.id):
        if run.status == "running":
            unstored = outcome not in (LOST, FORCED)
            reason = f"It could not be stored at its end. {outcome.reason}" if unstored else outcome.reason
            store.end_run(run.id, "interrupted", reason=reason, batches=live.read_tape(home, run))
    # A user may have ended it by force, and been wrong.
    if store.experiment(experiment.id).status in UNFINISHED:
        store.end_experiment(experiment.id, outcome.status, outcome.reason)


def _belongs(experiment: Experiment) -> str:
    if machine := owners.machine_of(experiment.owner):
        return f"Experiment {experiment.id} runs on another machine ({experiment.machine.get('host') or machine})"
    owner = Owner.parse(experiment.owner)
    return f"Experiment {experiment.id} belongs to another process ({owner.pid} on {owner.host})"


def _refusal(store: Store, experiment: Experiment) -> str:
    return (
        f"{_belongs(experiment)}, and nothing here tells whether that still runs; it was last heard of at "
        f"{_last_heard(store, experiment):%Y-%m-%d %H:%M} UTC. Stop it there, or end it with "
        f"`python -m lenet stop {experiment.id} --force` if that process is gone."
    )


def _last_heard(store: Store, experiment: Experiment) -> datetime:
    moments = [experiment.created, experiment.started, experiment.beat]
    for run in store.runs(experiment.id):
        moments += [run.started, run.ended]
    return max(moment for moment in moments if moment)
