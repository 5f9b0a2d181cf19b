"""Searches the history: a page of experiments that match a filter, and what to filter by."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from lenet.records import Choices, Filter, HistoryPage
from lenet.store import rows, tables
from lenet.store.base import Base
from lenet.store.tables import to_json

EXPERIMENTS, RUNS, PACKAGES, NOTES = tables.experiments.c, tables.runs.c, tables.packages.c, tables.notes.c

LONGEST = 1000
"""The most characters of a text to search for: SQLite refuses patterns that are too long."""


class History(Base):
    """The methods of the store for searching."""

    def search(self, wanted: Filter) -> HistoryPage:
        """The newest `limit` experiments that match `wanted`, and how many match in all."""
        # Numbers only and unordered, which an index answers; ordered, SQLite would read every
        # experiment.
        select = sa.select(EXPERIMENTS.id).where(*conditions(cleaned(wanted)))
        with self._reading() as connection:
            numbers = sorted(connection.scalars(select), reverse=True)
            older = [number for number in numbers if wanted.before is None or number < wanted.before]
            page = tables.experiments.select().where(EXPERIMENTS.id.in_(older[: wanted.limit]))
            newest = connection.execute(page.order_by(EXPERIMENTS.id.desc()))
            experiments = tuple(rows.to_experiment(row._mapping) for row in newest)
            return HistoryPage(experiments, len(numbers))

    def count_by_status(self) -> dict[str, int]:
        """Status -> how many experiments have it; those that some have."""
        select = sa.select(EXPERIMENTS.status, sa.func.count()).group_by(EXPERIMENTS.status)
        with self._reading() as connection:
            return {status: count for status, count in connection.execute(select)}

    def choices(self) -> Choices:
        """All values that experiments can be filtered by."""
        with self._reading() as connection:

            def each(*columns: Any) -> tuple[str, ...]:
                distinct = connection.execute(sa.select(*columns).distinct())
                return tuple(sorted(text for row in distinct if (text := " ".join(row))))

            tags = connection.scalars(sa.select(NOTES.tags))
            return Choices(
                variants=each(RUNS.variant),
                stacks=each(RUNS.stack),
                versions=each(PACKAGES.name, PACKAGES.version),
                hosts=each(EXPERIMENTS.host),
                submitters=each(EXPERIMENTS.submitter),
                tags=tuple(sorted({tag for some in tags for tag in some})),
                instruments=each(EXPERIMENTS.instrument),
            )


def cleaned(wanted: Filter) -> Filter:
    """The filter with its texts as the database can hold and compare them."""
    values = dataclasses.asdict(wanted)
    texts = {name: tables.held(value)[:LONGEST] for name, value in values.items() if isinstance(value, str)}
    return Filter(**{**values, **texts})


def conditions(wanted: Filter) -> Iterator[sa.ColumnElement[bool]]:
    """The conditions that an experiment must meet to match `wanted`."""
    for name in ("host", "submitter", "instrument"):
        if text := getattr(wanted, name):
            yield EXPERIMENTS[name] == text
    if wanted.since:
        yield EXPERIMENTS.created >= wanted.since
    if wanted.until:
        yield EXPERIMENTS.created < wanted.until
    if wanted.variant or wanted.stack:
        yield _trained(wanted.variant, wanted.stack)
    if wanted.version:
        yield EXPERIMENTS.id.in_(had(wanted.version))
    if wanted.tag:
        yield EXPERIMENTS.id.in_(sa.select(NOTES.experiment_id).where(_tagged(wanted.tag)))
    if wanted.text:
        yield _says(wanted.text)


def _trained(variant: str, stack: str) -> sa.ColumnElement[bool]:
    """The condition that the experiment has a run of `variant` in `stack`; '' matches any."""
    named = {RUNS.variant: variant, RUNS.stack: stack}
    own = (RUNS.experiment_id == EXPERIMENTS.id, *(column == text for column, text in named.items() if text))
    return sa.exists().where(*own)


def had(version: str) -> sa.Select[tuple[int]]:
    """The numbers of experiments with a run that had this version.

    version: 'tensorflow 2.21', 'tensorflow==2.21' or '2.21'.
    """
    name, _, number = version.replace("==", " ").strip().rpartition(" ")
    exact_or_longer = (PACKAGES.version == number) | PACKAGES.version.startswith(f"{number}.", autoescape=True)
    named = (PACKAGES.name == name.strip(),) if name else ()
    return sa.select(PACKAGES.experiment_id).where(exact_or_longer, *named)


def _tagged(tag: str) -> sa.ColumnElement[bool]:
    # The quotes around a tag in the JSON list make sure that the whole tag matches.
    return sa.cast(NOTES.tags, sa.Text).contains(to_json(tag), autoescape=True)


def _says(text: str) -> sa.ColumnElement[bool]:
    own = (EXPERIMENTS.reason, EXPERIMENTS.submitter, EXPERIMENTS.host, sa.cast(EXPERIMENTS.variants, sa.Text))
    written = (NOTES.title, NOTES.note, sa.cast(NOTES.tags, sa.Text))
    noted = sa.select(NOTES.experiment_id).where(_anywhere(written, text))
    return _anywhere(own, text) | EXPERIMENTS.id.in_(noted)


def _anywhere(columns: Iterable[sa.ColumnElement[str]], text: str) -> sa.ColumnElement[bool]:
    first, *rest = columns
    for column in rest:
        first = first + "\n" + column
    return first.icontains(text, autoescape=True)
