"""What a page draws of a race that runs elsewhere: one small payload for each, written anew as it
runs, and gone with its end."""

from __future__ import annotations

import sqlalchemy as sa

from lenet.store import tables
from lenet.store.base import INSERT, Base, now

EXPERIMENTS = tables.experiments.c


class Live(Base):
    """The methods of the store for the payloads of running races."""

    def show_live(self, experiment_id: int, version: int, payload: bytes) -> None:
        """Replace the payload of an experiment, if it runs. version: rises with each."""
        values = {"version": version, "at": now(), "payload": payload}
        insert = INSERT[self.engine.dialect.name](tables.live).values(experiment_id=experiment_id, **values)
        runs = sa.select(EXPERIMENTS.id).where(EXPERIMENTS.id == experiment_id, EXPERIMENTS.status == "running")
        with self._writing() as connection:
            # Its end, which removes the payload, waits for this transaction: none is left behind.
            if connection.scalar(runs.with_for_update(read=True)) is None:
                return
            connection.execute(insert.on_conflict_do_update(index_elements=["experiment_id"], set_=values))

    def live(self, experiment_id: int, known: int = -1) -> tuple[int, bytes] | None:
        """(version, payload) of a running experiment; None where it has none newer than `known`."""
        columns = tables.live.c
        select = sa.select(columns.version, columns.payload)
        with self._reading() as connection:
            newer = (columns.experiment_id == experiment_id, columns.version > known)
            found = connection.execute(select.where(*newer)).one_or_none()
        return (found.version, found.payload) if found else None
