"""A variant through time: its experiments under one circumstance, the changes of level, and what
changed there.

The page and the shell both read this, so that both say the same to the digit.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lenet import catalog
from lenet.analysis.across import provenance
from lenet.analysis.across.trend import FEWEST, SIDE, Step, alone, steps
from lenet.analysis.circumstances import circumstance
from lenet.analysis.export import plain
from lenet.analysis.words import counted
from lenet.catalog import Entry
from lenet.errors import BadInput
from lenet.records import Figure, Filter

if TYPE_CHECKING:
    from lenet.store import Store

LONGEST = 500
"""A trend shows the newest so many experiments."""
FORMAT, VERSION = "lenet-bench/trend", 1


@dataclass(frozen=True)
class Series:
    """A variant in one stack under one circumstance."""

    variant: str
    stack: str
    circumstance: str
    about: str
    """The circumstance in words."""
    count: int
    """Figures of the variant under it, in every stack, copies too."""


@dataclass(frozen=True)
class Mark:
    """A step of the series, and what changed there."""

    step: Step
    experiment_id: int
    """The first experiment after it."""
    sentence: str
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Trend:
    """A series through time, oldest experiment first; one figure each."""

    series: Series
    figures: tuple[Figure, ...]
    alone: tuple[bool, ...]
    """Which of them stand alone, away from their neighbours on both sides."""
    marks: tuple[Mark, ...]
    left_out: tuple[int, ...]
    """Experiments of the series whose time may not be compared."""
    cut: bool
    """Whether older ones are not shown."""

    @property
    def sentences(self) -> list[str]:
        """The result of the series in sentences."""
        return [_summary(self), *(mark.sentence for mark in self.marks), *_remarks(self)]


def choices(store: Store, wanted: Filter) -> list[Series]:
    """The series that a filter which names a variant lets through, the longest first.

    The variant's own stack, if the filter names none: versions of another stack are another series.
    Raises BadInput when the filter names no variant.
    """
    if not wanted.variant:
        raise BadInput("Name a variant; `python -m lenet variants` lists them.")
    wanted = dataclasses.replace(wanted, stack=wanted.stack or _stack(wanted.variant))
    found = []
    for key, count in store.circumstances(wanted.variant).items():
        newest = store.figures(dataclasses.replace(wanted, limit=1), key)
        if key and newest:
            example = circumstance(store.experiment(newest[0].experiment_id), newest[0].label)
            found.append(Series(wanted.variant, wanted.stack, key, example.title, count))
    return found


def _stack(variant: str) -> str:
    known = catalog.of_label(variant)
    return known.stack if known else "main"


def trend(store: Store, series: Series, wanted: Filter) -> Trend:
    """A series as far as the filter lets it through."""
    asked = dataclasses.replace(wanted, variant=series.variant, stack=series.stack, limit=2 * LONGEST)
    found = store.figures(asked, series.circumstance)
    each = _one_each(found)
    timed = [figure for figure in each if not math.isnan(figure.batch_ms)]
    shown = timed[-LONGEST:]
    ms = np.array([figure.batch_ms for figure in shown])
    marks = tuple(_mark(store, shown, step) for step in steps(ms))
    left_out = tuple(figure.experiment_id for figure in each if math.isnan(figure.batch_ms))
    cut = len(timed) > len(shown) or len(found) == asked.limit
    return Trend(series, tuple(shown), tuple(map(bool, alone(ms))), marks, left_out, cut)


def _one_each(figures: Sequence[Figure]) -> list[Figure]:
    """One figure per experiment: the first copy, and of several entries the one with the fewest
    settings of its own."""
    first: dict[int, Figure] = {}
    for figure in figures:
        known = first.setdefault(figure.experiment_id, figure)
        if _rank(figure.label) < _rank(known.label):
            first[figure.experiment_id] = figure
    return list(first.values())


def _rank(label: str) -> tuple[int, int]:
    entry = Entry.parse(label)
    return entry.copy, len(entry.own)


def _mark(store: Store, shown: Sequence[Figure], step: Step) -> Mark:
    first = shown[step.place]
    times = f"{step.ratio:.3f} [{step.low:.3f}, {step.high:.3f}] times as long as in the {step.before} before"
    sentence = f"From experiment {first.experiment_id} on ({first.created:%Y-%m-%d}) a batch takes {times}."
    return Mark(step, first.experiment_id, sentence, tuple(provenance.around(store, shown, step.place)))


def _summary(trend: Trend) -> str:
    count, title = len(trend.figures), catalog.title(trend.series.variant)
    if count < FEWEST:
        return f"{title}: {counted(count, 'experiment')}, too few to tell a change from noise; {FEWEST} are needed."
    changes = counted(len(trend.marks), "change") if trend.marks else "no change"
    return f"{title}: {counted(count, 'experiment')}, {changes} of its level."


def _remarks(trend: Trend) -> list[str]:
    found = []
    if number := sum(trend.alone):
        stand = counted(number, "experiment stands", "experiments stand")
        found.append(f"{stand} alone, away from the others on both sides: a change needs {SIDE} in a row.")
    if trend.left_out:
        numbers = ", ".join(map(str, trend.left_out[:10])) + (", ..." if len(trend.left_out) > 10 else "")
        found.append(f"Left out, for their time may not be compared: experiments {numbers}.")
    if trend.cut:
        found.append("The newest of them are shown; filter by time to see older ones.")
    return found


def as_json(trend: Trend) -> dict[str, Any]:
    """The trend as plain values, every digit of it."""
    return dict(
        plain(
            {
                "format": FORMAT,
                "version": VERSION,
                "series": dataclasses.asdict(trend.series),
                "sentences": trend.sentences,
                "marks": [{**dataclasses.asdict(mark.step), **_said(mark)} for mark in trend.marks],
                "left_out": list(trend.left_out),
                "figures": [dataclasses.asdict(figure) for figure in trend.figures],
                "alone": list(trend.alone),
            }
        )
    )


def _said(mark: Mark) -> dict[str, Any]:
    return {"experiment": mark.experiment_id, "sentence": mark.sentence, "changed": list(mark.changed)}
