"""Adds an experiment that was raced elsewhere, completes one that a machine of the fleet has raced, or deletes one,
each in one transaction."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from lenet.errors import AlreadyHere, BadInput, Missing
from lenet.records import UNFINISHED, Annotation, Bundle, Epoch, Experiment, Parity, Run
from lenet.store import codec, rows, tables
from lenet.store.annotations import columns as written
from lenet.store.audit import Audited
from lenet.store.base import INSERT, new_id, now, status_of, unused

EXPERIMENTS, RUNS = tables.experiments.c, tables.runs.c
FILLABLE = (*UNFINISHED, "interrupted")
"""Statuses of an experiment of the fleet about which its machine may know better."""


class Whole(Audited):
    """The methods of the store for importing and deleting."""

    def add_experiment_whole(
        self,
        experiment: Experiment,
        runs: Sequence[Run],
        batches: Mapping[int, npt.NDArray[np.void]],
        epochs: Sequence[Epoch],
        parities: Mapping[str, Parity],
        annotation: Annotation,
    ) -> int:
        """Store an experiment that was raced elsewhere, all of it or nothing; return its number
        here.

        batches: by the ids of `runs`, which get new ids here. parities: by label; these answers
        count for this experiment only, never for one that is raced here. Raises AlreadyHere when
        the database has an experiment with the same uid.
        """
        rows.check_end(experiment.status)
        packed = {run.id: codec.pack(batches[run.id]) for run in runs}
        with self._writing() as connection:
            number = self._add_head(connection, experiment, parities)
            _add_parts(connection, number, runs, packed, epochs)
            _add_all(connection, tables.parities, _answers(experiment.uid, parities))
            if annotation != Annotation():
                values = written(annotation)
                connection.execute(tables.notes.insert().values(experiment_id=number, **values))
            self._about(number)
        return number

    def fill_experiment(self, uid: str, bundle: Bundle) -> int:
        """Complete the experiment that a machine of the fleet has raced with all that this machine has of
        it, or nothing; return its number here.

        It may wait or run here, or count as interrupted because the machine was lost: what was seen of it
        meanwhile is replaced. Who asked for it, and when, stays as it is here. The same bundle once more
        changes nothing. Raises Missing where there is no such experiment, BadInput for a bundle of another
        one, and StoreError when it has ended otherwise.
        """
        done = bundle.experiment
        if done.uid != uid:
            raise BadInput(f"It is experiment {done.uid}, and {uid} was raced there; nothing was stored.")
        rows.check_end(done.status)
        packed = {run.id: codec.pack(bundle.batches[run.id]) for run in bundle.runs}
        answers = _answers(uid, bundle.parities)
        with self._writing() as connection:
            wanted = tables.experiments.select().where(EXPERIMENTS.uid == uid, EXPERIMENTS.target != "")
            known = connection.execute(wanted.with_for_update()).mappings().first()
            if known is None:
                raise Missing(f"No experiment {uid} was given to a machine of the fleet; nothing was stored.")
            number = int(known["id"])
            if (known["status"], known["ended"]) == (done.status, done.ended):
                return number
            if known["status"] not in FILLABLE:
                raise rows.refusal("experiment", number, known["status"], done.status)
            _delete_measured(connection, number)
            _delete_answers(connection, uid)
            connection.execute(
                tables.experiments.update().where(EXPERIMENTS.id == number).values(**_ended(done, bundle))
            )
            _add_parts(connection, number, bundle.runs, packed, bundle.epochs)
            _add_all(connection, tables.parities, answers)
        return number

    def _add_head(self, connection: sa.Connection, experiment: Experiment, parities: Mapping[str, Parity]) -> int:
        names = ("status", "created", "started", "ended", "reason", "machine", "uid", "origin")
        values = {name: getattr(experiment, name) for name in names} | rows.from_request(experiment.request)
        values |= {"owner": "", "host": rows.host_of(experiment.machine)} | unused(connection)
        keys = {label: _key(experiment.uid, parity) for label, parity in parities.items()}
        insert = INSERT[connection.dialect.name](tables.experiments).values(**values, parity_keys=keys)
        once = insert.on_conflict_do_nothing(index_elements=["uid"])
        added = connection.execute(once, execution_options={"preserve_rowcount": True}).rowcount
        number = connection.scalar(sa.select(EXPERIMENTS.id).where(EXPERIMENTS.uid == experiment.uid))
        if not added:
            known = f"It is already here as experiment {number}; `python -m lenet show {number}` shows it."
            raise AlreadyHere(known, int(number or 0))
        return int(number or 0)

    def delete(self, experiment_id: int) -> None:
        """Delete an experiment that is over, with all that belongs to it; its number is never
        reused.

        Raises BadInput when there is no such experiment, or when it is queued or running.
        """
        with self._writing() as connection:
            _check_over(connection, experiment_id)
            erase(connection, experiment_id)


def erase(connection: sa.Connection, experiment_id: int) -> None:
    """Remove an experiment with all that belongs to it, and keep that its number was used."""
    uid = connection.scalar(sa.select(EXPERIMENTS.uid).where(EXPERIMENTS.id == experiment_id))
    _delete_parts(connection, experiment_id)
    connection.execute(tables.experiments.delete().where(EXPERIMENTS.id == experiment_id))
    connection.execute(tables.deleted.insert().values(experiment_id=experiment_id, uid=uid, at=now()))
    _delete_answers(connection, uid)


def _delete_answers(connection: sa.Connection, uid: str | None) -> None:
    own = tables.parities.c.key.startswith(f"{uid}:", autoescape=True)
    connection.execute(tables.parities.delete().where(own))


def _ended(done: Experiment, bundle: Bundle) -> dict[str, Any]:
    """The columns of an experiment that tell how it was raced."""
    asked = rows.from_request(done.request)
    raced = {name: asked[name] for name in ("variants", "settings", "instrument", "plan")}
    ended = {name: getattr(done, name) for name in ("status", "started", "ended", "reason", "machine")}
    keys = {label: _key(done.uid, parity) for label, parity in bundle.parities.items()}
    return raced | ended | {"host": rows.host_of(done.machine), "parity_keys": keys, "pruned": None}


def _check_over(connection: sa.Connection, experiment_id: int) -> None:
    status = status_of(connection, tables.experiments, experiment_id)
    if status is None:
        raise BadInput(f"There is no experiment {experiment_id}; `python -m lenet list` shows them.")
    if status in UNFINISHED:
        raise BadInput(f"Experiment {experiment_id} is {status}; stop it first, then delete it.")


def _key(uid: str, parity: Parity) -> str:
    # The file's author could claim that any program passed its exam, so no race here may use this
    # answer.
    return f"{uid}:{parity.key}"


def _answers(uid: str, parities: Mapping[str, Parity]) -> list[dict[str, Any]]:
    """The rows of the answers; labels of one variant share one."""
    answers = {_key(uid, parity): parity for parity in parities.values()}
    return [_columns(parity, key=key) for key, parity in answers.items()]


def _add_parts(
    connection: sa.Connection,
    number: int,
    runs: Sequence[Run],
    packed: Mapping[int, bytes],
    epochs: Sequence[Epoch],
) -> None:
    """Add what was measured; packed: the batches by the ids of `runs`, which get new ids here."""
    numbers = {run.id: _add_run(connection, number, run, packed[run.id]) for run in runs}
    _add_all(connection, tables.epochs, [_columns(epoch, run_id=numbers[epoch.run_id]) for epoch in epochs])
    _add_all(connection, tables.packages, rows.packages(number, [run.facts for run in runs]))


def _add_run(connection: sa.Connection, number: int, run: Run, packed: bytes) -> int:
    values = _columns(run, experiment_id=number, folder="")
    del values["id"]
    run_id = new_id(connection, tables.runs.insert().values(**values))
    connection.execute(tables.batches.insert().values(run_id=run_id, rows=packed))
    return run_id


def _columns(record: Any, **values: Any) -> dict[str, Any]:
    return dataclasses.asdict(record) | values


def _add_all(connection: sa.Connection, table: sa.Table, values: Sequence[Mapping[str, Any]]) -> None:
    if values:
        connection.execute(table.insert(), list(values))


def _delete_parts(connection: sa.Connection, experiment_id: int) -> None:
    _delete_measured(connection, experiment_id)
    connection.execute(tables.notes.delete().where(tables.notes.c.experiment_id == experiment_id))


def _delete_measured(connection: sa.Connection, experiment_id: int) -> None:
    """Remove an experiment's runs, and all that was worked out from them."""
    runs = sa.select(RUNS.id).where(RUNS.experiment_id == experiment_id)
    for table in (tables.batches, tables.epochs):
        connection.execute(table.delete().where(table.c.run_id.in_(runs)))
    for table in (tables.runs, tables.packages, tables.analysed, tables.figures, tables.live):
        connection.execute(table.delete().where(table.c.experiment_id == experiment_id))
