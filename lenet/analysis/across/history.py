"""Follow a variant through time: its experiments under one circumstance, and its changes of level.

Page and shell both read this module, so both show the same digits.
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
"""The most experiments that a trend shows: the newest ones."""
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
    """Figures of the variant under this circumstance, in every stack, copies included."""


@dataclass(frozen=True)
class Mark:
    """A step of the series, and the recorded facts that changed there."""

    step: Step
    experiment_id: int
    """The first experiment after it."""
    sentence: str
    changed: tuple[str, ...]
    released: tuple[tuple[str, str, str], ...] = ()
    """(package, older release, newer release) of the versions that changed there, which can be bisected."""


@dataclass(frozen=True)
class Trend:
    """A series through time: one figure per experiment, oldest first."""

    series: Series
    figures: tuple[Figure, ...]
    alone: tuple[bool, ...]
    """For each figure: does it stand alone, away from its neighbours on both sides?"""
    marks: tuple[Mark, ...]
    left_out: tuple[int, ...]
    """Experiments of the series whose time may not be compared."""
    cut: bool
    """Whether older experiments are left out."""

    @property
    def sentences(self) -> list[str]:
        """The trend in words: its summary, its changes of level, its remarks."""
        return [_summary(self), *(mark.sentence for mark in self.marks), *_remarks(self)]


def choices(store: Store, wanted: Filter) -> list[Series]:
    """The series of the filter's variant, the longest first.

    Without a stack in the filter, the variant's own stack: versions of another stack are another
    series. Raises BadInput when the filter names no variant.
    """
    if not wanted.variant:
        raise BadInput("Name a variant; `python -m lenet variants` lists them.")
    wanted = dataclasses.replace(wanted, stack=wanted.stack or _stack(wanted.variant))
    series = []
    for key, count in store.circumstances(wanted.variant).items():
        newest = store.figures(dataclasses.replace(wanted, limit=1), key)
        if key and newest:
            example = circumstance(store.experiment(newest[0].experiment_id), newest[0].label)
            series.append(Series(wanted.variant, wanted.stack, key, example.title, count))
    return series


def _stack(variant: str) -> str:
    known = catalog.of_label(variant)
    return known.stack if known else "main"


def trend(store: Store, series: Series, wanted: Filter) -> Trend:
    """The part of a series that the filter lets through."""
    asked = dataclasses.replace(wanted, variant=series.variant, stack=series.stack, limit=2 * LONGEST)
    figures = store.figures(asked, series.circumstance)
    each = _one_each(figures)
    timed = [figure for figure in each if not math.isnan(figure.batch_ms)]
    shown = timed[-LONGEST:]
    ms = np.array([figure.batch_ms for figure in shown])
    marks = tuple(_mark(store, shown, step) for step in steps(ms))
    left_out = tuple(figure.experiment_id for figure in each if math.isnan(figure.batch_ms))
    cut = len(timed) > len(shown) or len(figures) == asked.limit
    return Trend(series, tuple(shown), tuple(map(bool, alone(ms))), marks, left_out, cut)


def _one_each(figures: Sequence[Figure]) -> list[Figure]:
    """One figure per experiment: the first copy, of the entry with the fewest own settings."""
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
    changed = tuple(provenance.around(store, shown, step.place))
    return Mark(step, first.experiment_id, sentence, changed, tuple(provenance.released(shown, step.place)))


def _summary(trend: Trend) -> str:
    count, title = len(trend.figures), catalog.title(trend.series.variant)
    if count < FEWEST:
        return f"{title}: {counted(count, 'experiment')}, too few to tell a change from noise; {FEWEST} are needed."
    changes = counted(len(trend.marks), "change") if trend.marks else "no change"
    return f"{title}: {counted(count, 'experiment')}, {changes} of its level."


def _remarks(trend: Trend) -> list[str]:
    sentences = []
    if number := sum(trend.alone):
        stand = counted(number, "experiment stands", "experiments stand")
        sentences.append(f"{stand} alone, away from the others on both sides: a change needs {SIDE} in a row.")
    if trend.left_out:
        numbers = ", ".join(map(str, trend.left_out[:10])) + (", ..." if len(trend.left_out) > 10 else "")
        sentences.append(f"Left out, for their time may not be compared: experiments {numbers}.")
    if trend.cut:
        sentences.append("The newest of them are shown; filter by time to see older ones.")
    return sentences


def as_json(trend: Trend) -> dict[str, Any]:
    """The trend as plain values, with every digit."""
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
