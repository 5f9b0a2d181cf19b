"""Keeps figures of the analysis, so that a trend need not unpack ten thousand experiments. They can
be computed again."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import sqlalchemy as sa

from lenet.instruments import TIMED
from lenet.records import UNFINISHED, Figure, Filter
from lenet.store import history, rows, tables
from lenet.store.base import INSERT, Base, exists

TABLE = tables.figures.c


class Figures(Base):
    """The methods of the store for figures."""

    def put_figures(self, experiment_id: int, figures: Sequence[Figure], version: int) -> None:
        """Replace the kept figures of an experiment, by none where the analysis has nothing to say.

        version: of the analysis that made them. Raises StoreError when there is no such experiment.
        """
        made = INSERT[self.engine.dialect.name](tables.analysed).values(experiment_id=experiment_id, version=version)
        with self._writing() as connection:
            if not exists(connection, tables.experiments, experiment_id):
                raise rows.missing("experiment", experiment_id)
            connection.execute(made.on_conflict_do_update(index_elements=["experiment_id"], set_={"version": version}))
            connection.execute(tables.figures.delete().where(TABLE.experiment_id == experiment_id))
            if figures:
                connection.execute(tables.figures.insert(), [dataclasses.asdict(figure) for figure in figures])

    def figures(self, wanted: Filter, circumstance: str = "") -> list[Figure]:
        """The newest `limit` figures of experiments that match `wanted`, oldest first.

        Only figures of the wanted variant in the wanted stack, and only of `circumstance` unless it
        is ''.
        """
        select = sa.select(tables.figures).where(*_conditions(history.cleaned(wanted)))
        if circumstance:
            select = select.where(TABLE.circumstance == circumstance)
        newest = select.order_by(TABLE.created.desc(), TABLE.experiment_id.desc(), TABLE.label.desc()).limit(
            wanted.limit
        )
        with self._reading() as connection:
            return [Figure(*row) for row in reversed(connection.execute(newest).all())]

    def figures_of(self, experiment_id: int) -> list[Figure]:
        """The kept figures of one experiment, by label."""
        select = sa.select(tables.figures).where(TABLE.experiment_id == experiment_id).order_by(TABLE.label)
        with self._reading() as connection:
            return [Figure(*row) for row in connection.execute(select)]

    def circumstances(self, variant: str) -> dict[str, int]:
        """Circumstance -> number of figures of `variant`, the most first."""
        count = sa.func.count()
        select = sa.select(TABLE.circumstance, count).where(TABLE.variant == variant).group_by(TABLE.circumstance)
        with self._reading() as connection:
            return {
                key: number for key, number in connection.execute(select.order_by(count.desc(), TABLE.circumstance))
            }

    def without_figures(self, version: int, limit: int) -> list[int]:
        """The newest `limit` timed experiments that are over and lack figures of this version."""
        table = tables.experiments.c
        done = sa.select(tables.analysed.c.experiment_id).where(tables.analysed.c.version == version)
        over = (table.status.not_in(UNFINISHED), table.instrument.in_(TIMED), table.id.not_in(done))
        whole = table.pruned.is_(None)  # of what has no batches any more the kept figures are the last
        with self._reading() as connection:
            return list(
                connection.scalars(sa.select(table.id).where(*over, whole).order_by(table.id.desc()).limit(limit))
            )


def _conditions(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    """The conditions on figures; they use the figures' own columns where these suffice, because
    that avoids a join."""
    own = ("variant", "stack", "host", "submitter", "instrument")
    conditions = [TABLE[name] == getattr(wanted, name) for name in own if getattr(wanted, name)]
    conditions += [TABLE.created >= wanted.since] if wanted.since else []
    conditions += [TABLE.created < wanted.until] if wanted.until else []
    conditions += [TABLE.experiment_id < wanted.before] if wanted.before is not None else []
    conditions += [TABLE.experiment_id.in_(history.had(wanted.version))] if wanted.version else []
    if wanted.tag or wanted.text:
        rest = history.conditions(Filter(tag=wanted.tag, text=wanted.text))
        conditions.append(TABLE.experiment_id.in_(sa.select(tables.experiments.c.id).where(*rest)))
    return conditions
