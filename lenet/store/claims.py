"""Whose turn it is: the queue of a shared database, claimed by one runner at a time, and the signs of
life of runners and races."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from lenet.records import UNFINISHED, Asked, RunnerState
from lenet.store import rows, tables
from lenet.store.base import INSERT, Base, now

EXPERIMENTS = tables.experiments.c
DAY = timedelta(days=1)
_ACCEPTING = 7440
"""PostgreSQL's lock under which one experiment at a time is counted and stored."""
Admit = Callable[[Asked], None]
"""Raises BadInput where somebody has asked for too much already."""


class Claims(Base):
    """The methods of the store for claiming and for signs of life."""

    def claim(self, experiment_id: int, machine: dict[str, Any], owner: str) -> bool:
        """Start a queued experiment on `machine`, as `owner`'s from now on; whether it was free.

        No two runners get the same.
        """
        values = {"status": "running", "owner": owner, "started": now(), "beat": now(), "machine": machine}
        with self._writing() as connection:
            # Another runner may be taking it this moment: on PostgreSQL its row is locked then; on
            # SQLite nobody else writes now.
            free = sa.select(EXPERIMENTS.id).where(EXPERIMENTS.id == experiment_id, EXPERIMENTS.status == "queued")
            if connection.scalar(free.with_for_update(skip_locked=True)) is None:
                return False
            start = tables.experiments.update().where(EXPERIMENTS.id == experiment_id)
            connection.execute(start.values(**values, host=rows.host_of(machine)))
            return True

    def withdraw(self, experiment_id: int, status: str, reason: str) -> bool:
        """End an experiment that still waits; whether it did."""
        rows.check_end(status)
        waits = (EXPERIMENTS.id == experiment_id, EXPERIMENTS.status == "queued")
        update = tables.experiments.update().where(*waits).values(status=status, ended=now(), reason=reason)
        with self._writing() as connection:
            return bool(connection.execute(update).rowcount)

    def waiting(self, of: Sequence[str]) -> list[int]:
        """The numbers of the experiments that wait for one of the owners `of`, in the order of
        their turns: first those of the submitter who had the least machine time in the last day,
        and of theirs the oldest."""
        with self._reading() as connection:
            return _in_order(connection, of)

    def asked(self, submitter: str) -> Asked:
        """What somebody has asked for already."""
        with self._reading() as connection:
            return _asked(connection, submitter)

    def beat(self, experiment_id: int, owner: str) -> bool:
        """Say that the process that runs an experiment lives; whether it still is that process's."""
        mine = (EXPERIMENTS.id == experiment_id, EXPERIMENTS.owner == owner, EXPERIMENTS.status == "running")
        with self._writing() as connection:
            update = tables.experiments.update().where(*mine).values(beat=now())
            return bool(connection.execute(update).rowcount)

    def ask_to_stop(self, experiment_id: int, who: str) -> None:
        """Ask whoever runs an experiment to end it."""
        update = tables.experiments.update().where(EXPERIMENTS.id == experiment_id, EXPERIMENTS.status == "running")
        with self._writing() as connection:
            connection.execute(update.values(stop_asked=who))

    def stop_asked(self, experiment_id: int) -> str:
        """Who asked for the end of an experiment; '' while nobody has."""
        select = sa.select(EXPERIMENTS.stop_asked).where(EXPERIMENTS.id == experiment_id)
        with self._reading() as connection:
            return connection.scalar(select) or ""

    # Runners

    def show_runner(self, runner: RunnerState) -> None:
        """Say that a runner lives, and what it does."""
        values = dataclasses.asdict(runner)
        insert = INSERT[self.engine.dialect.name](tables.runners).values(**values)
        with self._writing() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["owner"], set_=values))

    def remove_runner(self, owner: str) -> None:
        """Forget a runner that has ended."""
        with self._writing() as connection:
            connection.execute(tables.runners.delete().where(tables.runners.c.owner == owner))

    def runners(self) -> list[RunnerState]:
        """Every runner that has not said that it ended, the newest first."""
        with self._reading() as connection:
            select = tables.runners.select().order_by(tables.runners.c.started.desc())
            return [RunnerState(**row._mapping) for row in connection.execute(select)]


def _in_order(connection: sa.Connection, of: Sequence[str]) -> list[int]:
    queued = (EXPERIMENTS.status == "queued", EXPERIMENTS.owner.in_(list(of)))
    found = connection.execute(sa.select(EXPERIMENTS.id, EXPERIMENTS.submitter).where(*queued)).all()
    used = _used(connection) if len({one.submitter for one in found}) > 1 else defaultdict(float)
    return [one.id for one in sorted(found, key=lambda one: (used[one.submitter], one.id))]


def asked_alone(connection: sa.Connection, submitter: str) -> Asked:
    """What somebody has asked for already, while nobody else can ask: until the transaction ends."""
    if connection.dialect.name == "postgresql":  # on SQLite nobody else writes now
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ACCEPTING)))
    return _asked(connection, submitter)


def _asked(connection: sa.Connection, submitter: str) -> Asked:
    theirs = (EXPERIMENTS.submitter == submitter, EXPERIMENTS.status.in_(UNFINISHED))
    found = connection.execute(sa.select(EXPERIMENTS.started, EXPERIMENTS.planned).where(*theirs)).all()
    moment = now()
    passed = [(moment - started).total_seconds() if started else 0.0 for started, _ in found]
    left = sum(max(planned - since, 0.0) for since, (_, planned) in zip(passed, found, strict=True))
    return Asked(sum(started is None for started, _ in found), _used(connection)[submitter] + left)


def _used(connection: sa.Connection) -> defaultdict[str, float]:
    """Submitter -> seconds of machine time in the last day; of a race that runs, until now."""
    moment = now()
    names = (EXPERIMENTS.submitter, EXPERIMENTS.started, EXPERIMENTS.ended, EXPERIMENTS.status)
    # An imported experiment had another machine's time.
    here = (EXPERIMENTS.owner != "", EXPERIMENTS.started > moment - DAY)
    used: defaultdict[str, float] = defaultdict(float)
    for submitter, started, ended, status in connection.execute(sa.select(*names).where(*here)):
        until = moment if status == "running" else ended
        used[submitter] += max((until - started).total_seconds(), 0.0) if until else 0.0
    return used
