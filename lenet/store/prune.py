"""Makes room: the batches of old experiments go, or old experiments as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lenet.records import UNFINISHED, Freed
from lenet.store import tables
from lenet.store.audit import Audited
from lenet.store.base import now
from lenet.store.import_delete import erase

EXPERIMENTS, RUNS, BATCHES = tables.experiments.c, tables.runs.c, tables.batches.c


class Prune(Audited):
    """The methods of the store for making room."""

    def older(self, before: datetime) -> Freed:
        """What `forget_batches` and `forget` would free of the experiments that ended before."""
        with self._reading() as connection:
            return _held(connection, _over(before))

    def forget_batches(self, before: datetime) -> Freed:
        """Remove the batches of all experiments that ended before; all else of them stays."""
        with self._writing() as connection:
            old = _over(before)
            freed = _held(connection, old)
            of_old = sa.select(RUNS.id).where(RUNS.experiment_id.in_(sa.select(EXPERIMENTS.id).where(*old)))
            connection.execute(tables.batches.delete().where(BATCHES.run_id.in_(of_old)))
            connection.execute(tables.experiments.update().where(*old).values(pruned=now()))
            return freed

    def forget(self, before: datetime) -> Freed:
        """Delete all experiments that ended before, with all that belongs to them."""
        with self._writing() as connection:
            old = (EXPERIMENTS.status.not_in(UNFINISHED), EXPERIMENTS.ended < before)
            freed = _held(connection, old)
            for number in connection.scalars(sa.select(EXPERIMENTS.id).where(*old)).all():
                erase(connection, number)
            return freed


def _over(before: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (EXPERIMENTS.status.not_in(UNFINISHED), EXPERIMENTS.ended < before, EXPERIMENTS.pruned.is_(None))


def _held(connection: sa.Connection, conditions: tuple[sa.ColumnElement[bool], ...]) -> Freed:
    count: Any = sa.select(sa.func.count()).select_from(tables.experiments).where(*conditions)
    held = sa.select(sa.func.sum(sa.func.length(BATCHES.rows))).select_from(
        tables.batches.join(tables.runs).join(tables.experiments)
    )
    return Freed(connection.scalar(count) or 0, int(connection.scalar(held.where(*conditions)) or 0))
