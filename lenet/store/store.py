"""The store: it takes and returns records, in one short transaction per call, and is safe to use
from many threads."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from lenet.errors import Missing
from lenet.records import ANY_RUNNER, UNFINISHED, Epoch, Experiment, Parity, Pending, Request, Run
from lenet.store import claims, codec, rows, tables
from lenet.store.annotations import Annotations
from lenet.store.archive import Archive
from lenet.store.base import INSERT, exists, new_id, now, status_of, unused
from lenet.store.claims import Admit, Claims
from lenet.store.engine import make_engine, translated
from lenet.store.figures import Figures
from lenet.store.fleet import Fleet
from lenet.store.history import History
from lenet.store.import_delete import Whole
from lenet.store.live import Live
from lenet.store.prune import Prune
from lenet.store.schema import migrate, revision
from lenet.store.tokens import Tokens
from lenet.worker.tape import DTYPE

LIGHT = (
    "id", "experiment_id", "round", "label", "variant", "status", "folder", "stack", "source_hash", "batch_count",
    "started", "ended",
)  # fmt: skip
"""The columns of a run that are small."""


def open_store(url: str | Path) -> Store:
    """The store at `url` (`sqlite:///FILE` or `postgresql://...`, or the file of an SQLite
    database), its tables created or brought up to date.

    Raises StoreError when it cannot be reached, is locked or full, is not a database, or is newer
    than this program.
    """
    engine = make_engine(url)
    try:
        with translated(engine.url):
            migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)


class Store(Annotations, Figures, History, Whole, Claims, Fleet, Live, Tokens, Archive, Prune):
    """Every method raises StoreError when the database refuses; nothing of that call is stored."""

    def revision(self) -> str | None:
        """The newest migration of the database; asks it each time."""
        with self._reading() as connection:
            return revision(connection)

    # Experiments

    def add_experiment(
        self,
        request: Request,
        owner: str,
        seconds: float = 0.0,
        admit: Admit | None = None,
        *,
        uid: str = "",
        target: str = "",
        group: str = "",
    ) -> int:
        """Store a request as queued, to be run by `owner` ('': by any runner); return its number.

        seconds: of machine time, as planned. admit: raises BadInput where the submitter has asked
        for too much already; of two requests at once the second is counted with the first. uid: its
        name, where another database has it already; target, group: as an experiment has them.
        """
        values = rows.from_request(request) | {"status": "queued", "owner": owner, "uid": uid or uuid.uuid4().hex}
        values |= {"target": target, "group": group}
        insert = tables.experiments.insert().values(**values, created=now(), planned=seconds)
        with self._writing() as connection:
            if admit is not None:
                admit(claims.asked_alone(connection, request.submitter))
            number = new_id(connection, insert.values(**unused(connection)))
            self._about(number)
            return number

    def end_experiment(self, experiment_id: int, status: str, reason: str = "") -> None:
        """Mark a queued or running experiment as over. Raises StoreError when it already was."""
        rows.check_end(status)
        self._change_experiment(experiment_id, UNFINISHED, status=status, ended=now(), reason=reason)

    def _change_experiment(self, experiment_id: int, allowed: tuple[str, ...], **values: Any) -> None:
        table = tables.experiments
        update = table.update().where(table.c.id == experiment_id, table.c.status.in_(allowed)).values(**values)
        with self._writing() as connection:
            if not connection.execute(update).rowcount:
                current = status_of(connection, table, experiment_id)
                raise rows.refusal("experiment", experiment_id, current, values["status"])
            # What pages far away draw of it ends with it, whoever ends it.
            connection.execute(tables.live.delete().where(tables.live.c.experiment_id == experiment_id))

    def experiment(self, experiment_id: int) -> Experiment:
        """The experiment with this number. Raises Missing when there is none."""
        table = tables.experiments
        experiments = self._experiments(table.select().where(table.c.id == experiment_id))
        if not experiments:
            raise Missing(f"There is no experiment {experiment_id}; `python -m lenet list` shows them.")
        return experiments[0]

    def experiments(
        self, limit: int = 100, before: int | None = None, instruments: Sequence[str] = ()
    ) -> list[Experiment]:
        """At most `limit` experiments, the newest first.

        before: only those with a lower number. instruments: only those of these instruments; () for
        all.
        """
        table = tables.experiments
        select = table.select().order_by(table.c.id.desc()).limit(limit)
        if before is not None:
            select = select.where(table.c.id < before)
        if instruments:
            select = select.where(table.c.instrument.in_(instruments))
        return self._experiments(select)

    def running(self) -> list[Experiment]:
        """The running experiments, oldest first."""
        table = tables.experiments
        return self._experiments(table.select().where(table.c.status == "running").order_by(table.c.id))

    def pending(self) -> list[Pending]:
        """What is queued or running, oldest first; pages ask for it every second."""
        columns = tables.experiments.c
        select = sa.select(columns.id, columns.status, columns.owner).where(columns.status.in_(UNFINISHED))
        with self._reading() as connection:
            return [Pending(*row) for row in connection.execute(select.order_by(columns.id))]

    def owners(self) -> list[str]:
        """Whose the queued and running experiments are, each once; not of those that wait for any
        runner."""
        columns = tables.experiments.c
        theirs = (columns.status.in_(UNFINISHED), columns.owner != ANY_RUNNER)
        with self._reading() as connection:
            return list(connection.scalars(sa.select(columns.owner).where(*theirs).distinct()))

    def _experiments(self, select: sa.Select[Any]) -> list[Experiment]:
        with self._reading() as connection:
            return [rows.to_experiment(row._mapping) for row in connection.execute(select)]

    def set_parity_keys(self, experiment_id: int, keys: dict[str, str]) -> None:
        """Keep, for each label of the experiment, the key of its exam's answer."""
        table = tables.experiments
        update = table.update().where(table.c.id == experiment_id).values(parity_keys=keys)
        with self._writing() as connection:
            if not connection.execute(update).rowcount:
                raise rows.missing("experiment", experiment_id)

    def parity_keys(self, experiment_id: int) -> dict[str, str]:
        """Label -> key, as `set_parity_keys` was given them; empty before that."""
        table = tables.experiments
        with self._reading() as connection:
            keys = connection.scalar(sa.select(table.c.parity_keys).where(table.c.id == experiment_id))
        return dict(keys or {})

    # Runs

    def add_run(
        self, experiment_id: int, *, round: int, label: str, variant: str, stack: str, source_hash: str, folder: str
    ) -> int:
        """Store a run that starts now; return its number.

        Raises StoreError when there is no such experiment.
        """
        values = {"round": round, "label": label, "variant": variant, "stack": stack, "source_hash": source_hash}
        insert = tables.runs.insert().values(
            **values, experiment_id=experiment_id, folder=folder, status="running", started=now()
        )
        with self._writing() as connection:
            if not exists(connection, tables.experiments, experiment_id):
                raise rows.missing("experiment", experiment_id)
            return new_id(connection, insert)

    def end_run(
        self,
        run_id: int,
        status: str,
        *,
        batches: npt.NDArray[np.void],
        reason: str = "",
        log: str = "",
        facts: dict[str, Any] | None = None,
        phases: dict[str, float] | None = None,
        load: dict[str, Any] | None = None,
        evidence: dict[str, Any] | None = None,
        peak_memory: int = 0,
    ) -> None:
        """Store the end of a run; its facts and its batches (rows of `worker.tape.DTYPE`) are
        stored together or not at all.

        `phases` in seconds, `peak_memory` in bytes. Raises StoreError when the run was already
        over; one that was ended from afar, without its batches, still takes them from whoever ran
        it.
        """
        rows.check_end(status)
        given = {"facts": facts, "phases": phases, "load": load, "evidence": evidence}
        values = {name: value or {} for name, value in given.items()} | {"peak_memory": peak_memory}
        empty = sa.and_(tables.runs.c.status == "interrupted", tables.runs.c.batch_count == 0)
        open_ = sa.or_(tables.runs.c.status == "running", empty)
        update = tables.runs.update().where(tables.runs.c.id == run_id, open_)
        update = update.values(**values, status=status, reason=reason, log=log, batch_count=len(batches), ended=now())
        packed = codec.pack(batches)  # before the transaction, so that nobody waits for it
        with self._writing() as connection:
            if not connection.execute(update).rowcount:
                raise rows.refusal("run", run_id, status_of(connection, tables.runs, run_id), status)
            insert = INSERT[connection.dialect.name](tables.batches).values(run_id=run_id, rows=packed)
            connection.execute(insert.on_conflict_do_update(index_elements=["run_id"], set_={"rows": packed}))
            self._add_packages(connection, run_id, facts or {})

    def _add_packages(self, connection: sa.Connection, run_id: int, facts: dict[str, Any]) -> None:
        number = connection.scalar(sa.select(tables.runs.c.experiment_id).where(tables.runs.c.id == run_id))
        for package in rows.packages(int(number or 0), [facts]):
            insert = INSERT[connection.dialect.name](tables.packages).values(**package)
            connection.execute(insert.on_conflict_do_nothing())

    def runs(self, experiment_id: int) -> list[Run]:
        """All runs of an experiment, without their batches, in the order in which they started."""
        table = tables.runs
        select = table.select().where(table.c.experiment_id == experiment_id).order_by(table.c.id)
        with self._reading() as connection:
            return [Run(**row._mapping) for row in connection.execute(select)]

    def run_states(self, experiment_id: int) -> list[Run]:
        """The same without what their ends brought (facts, logs, ...), for whoever looks each second."""
        columns = [tables.runs.c[name] for name in LIGHT]
        select = sa.select(*columns).where(tables.runs.c.experiment_id == experiment_id).order_by(tables.runs.c.id)
        with self._reading() as connection:
            return [Run(**row._mapping) for row in connection.execute(select)]

    def newest_run(
        self, variant: str, stack: str, instruments: Sequence[str] = ("race",), target: str = ""
    ) -> Run | None:
        """The newest finished run of `variant` in `stack`, in any experiment of these instruments;
        without its batches.

        Only of experiments raced here, or on the machine `target` of the fleet: another machine's time
        says nothing about this one.
        """
        table, of = tables.runs, tables.experiments.c
        wanted = (table.c.variant == variant, table.c.stack == stack, table.c.status == "finished")
        here = (of.instrument.in_(instruments), sa.cast(of.origin, sa.Text) == "{}", of.target == target)
        select = sa.select(table).join(tables.experiments).where(*wanted, *here)
        with self._reading() as connection:
            row = connection.execute(select.order_by(table.c.id.desc()).limit(1)).first()
            return Run(**row._mapping) if row else None

    def batches(self, run_id: int) -> npt.NDArray[np.void]:
        """The batches of a run that is over, as an array of `worker.tape.DTYPE`; none while it
        runs.

        Raises StoreError when there is no such run or the column is damaged.
        """
        with self._reading() as connection:
            packed = connection.scalar(sa.select(tables.batches.c.rows).where(tables.batches.c.run_id == run_id))
            if packed is None and not exists(connection, tables.runs, run_id):
                raise rows.missing("run", run_id)
        return np.empty(0, DTYPE) if packed is None else codec.unpack(packed)

    def add_epoch(self, epoch: Epoch) -> None:
        """Store the end of an epoch. Raises StoreError when there is no such run."""
        with self._writing() as connection:
            if not exists(connection, tables.runs, epoch.run_id):
                raise rows.missing("run", epoch.run_id)
            connection.execute(tables.epochs.insert().values(**dataclasses.asdict(epoch)))

    def epochs(self, experiment_id: int) -> list[Epoch]:
        """All epochs of an experiment, ordered by run and epoch."""
        table = tables.epochs
        select = sa.select(table).join(tables.runs).where(tables.runs.c.experiment_id == experiment_id)
        with self._reading() as connection:
            ordered = connection.execute(select.order_by(table.c.run_id, table.c.epoch))
            return [Epoch(**row._mapping) for row in ordered]

    # Parity

    def add_parity(self, parity: Parity) -> None:
        """Store an answer; it replaces an older one under the same key."""
        values = dataclasses.asdict(parity)
        insert = INSERT[self.engine.dialect.name](tables.parities).values(**values)
        upsert = insert.on_conflict_do_update(
            index_elements=["key"], set_={name: insert.excluded[name] for name in values}
        )
        with self._writing() as connection:
            connection.execute(upsert)

    def parity(self, key: str) -> Parity | None:
        """The answer under `key`; None when there is none."""
        return self.parities([key]).get(key)

    def parities(self, keys: Iterable[str]) -> dict[str, Parity]:
        """Key -> answer, for the keys that have one."""
        select = tables.parities.select().where(tables.parities.c.key.in_(list(keys)))
        with self._reading() as connection:
            return {row.key: rows.to_parity(row._mapping) for row in connection.execute(select)}
