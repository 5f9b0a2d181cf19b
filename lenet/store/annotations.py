"""Stores titles, notes and tags, the only parts of an experiment that a user may change."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from lenet.errors import BadInput
from lenet.records import Annotation
from lenet.store import tables
from lenet.store.base import INSERT, Base, exists

TITLE, NOTE, TAGS, TAG = 200, 10_000, 20, 50
"""The most characters of a title and of a note; the most tags, and the most characters of a tag."""


class Annotations(Base):
    """The methods of the store for annotations."""

    def annotate(self, experiment_id: int, annotation: Annotation) -> None:
        """Replace the experiment's annotation.

        Surplus spaces are removed; each tag is kept once, in alphabetical order. Raises BadInput
        when a part is too long, or when there is no such experiment.
        """
        values = columns(annotation)
        insert = INSERT[self.engine.dialect.name](tables.notes).values(experiment_id=experiment_id, **values)
        upsert = insert.on_conflict_do_update(index_elements=["experiment_id"], set_=values)
        with self._writing() as connection:
            if not exists(connection, tables.experiments, experiment_id):
                raise BadInput(f"There is no experiment {experiment_id}; `python -m lenet list` shows them.")
            connection.execute(upsert)

    def annotation(self, experiment_id: int) -> Annotation:
        """The annotation of an experiment; empty where nobody wrote anything."""
        return self.annotations([experiment_id]).get(experiment_id, Annotation())

    def annotations(self, experiment_ids: Iterable[int]) -> dict[int, Annotation]:
        """Experiment number -> annotation, for those that have one."""
        table = tables.notes
        select = table.select().where(table.c.experiment_id.in_(list(experiment_ids)))
        with self._reading() as connection:
            return {row.experiment_id: of_row(row) for row in connection.execute(select)}


def of_row(row: sa.Row[tuple[object, ...]]) -> Annotation:
    """Make a record from a row of the table."""
    return Annotation(row.title, row.note, tuple(row.tags))


def columns(annotation: Annotation) -> dict[str, object]:
    """The columns of an annotation. Raises BadInput when a part of it is too long."""
    title, note = " ".join(annotation.title.split()), annotation.note.strip()
    tags = sorted({" ".join(tag.split()) for tag in annotation.tags} - {""})
    if len(title) > TITLE:
        raise BadInput(f"A title has at most {TITLE} characters, this one has {len(title)}; write the rest as a note.")
    if len(note) > NOTE:
        raise BadInput(f"A note has at most {NOTE:,} characters, this one has {len(note):,}; shorten it.")
    if len(tags) > TAGS or any(len(tag) > TAG for tag in tags):
        raise BadInput(f"An experiment has at most {TAGS} tags of at most {TAG} characters each; leave some out.")
    return {"title": title, "note": note, "tags": tags}
