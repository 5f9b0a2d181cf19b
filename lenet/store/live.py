"""What a page draws of a race that runs elsewhere: one small payload for each, written anew as it
runs."""

from __future__ import annotations

import sqlalchemy as sa

from lenet.store import tables
from lenet.store.base import INSERT, Base, now


class Live(Base):
    """The methods of the store for the payloads of running races."""

    def show_live(self, experiment_id: int, version: int, payload: bytes) -> None:
        """Replace the payload of a running experiment. version: rises with each."""
        values = {"version": version, "at": now(), "payload": payload}
        insert = INSERT[self.engine.dialect.name](tables.live).values(experiment_id=experiment_id, **values)
        with self._writing() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["experiment_id"], set_=values))

    def live(self, experiment_id: int, known: int = -1) -> tuple[int, bytes] | None:
        """(version, payload) of a running experiment; None where it has none newer than `known`."""
        columns = tables.live.c
        select = sa.select(columns.version, columns.payload)
        with self._reading() as connection:
            newer = (columns.experiment_id == experiment_id, columns.version > known)
            found = connection.execute(select.where(*newer)).one_or_none()
        return (found.version, found.payload) if found else None

    def hide_live(self, experiment_id: int) -> None:
        """Remove the payload of an experiment that is over."""
        with self._writing() as connection:
            connection.execute(tables.live.delete().where(tables.live.c.experiment_id == experiment_id))
