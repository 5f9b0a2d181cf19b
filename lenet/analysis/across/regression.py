"""Has an experiment just made plain that a program is slower than it was?

A change of level is plain once some experiments lie behind it (`trend`). The one that makes it so
is the one to tell somebody about.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lenet import catalog
from lenet.analysis.across import history
from lenet.analysis.across.history import Mark, Series
from lenet.analysis.across.trend import SIDE, Step, steps
from lenet.records import Filter

if TYPE_CHECKING:
    from lenet.store import Store


@dataclass(frozen=True)
class Regression:
    """A variant that is slower than it was, from one experiment on; `ratio` with its 95 %
    interval."""

    variant: str
    since: int
    """The first experiment of the slower level."""
    ratio: float
    low: float
    high: float
    sentence: str


def found(store: Store, experiment_id: int) -> list[Regression]:
    """The slower levels that are seen with this experiment, and were not without it.

    Its figures must be kept already. Raises StoreError.
    """
    timed = [figure for figure in store.figures_of(experiment_id) if figure.circumstance]
    each = {(figure.variant, figure.stack, figure.circumstance) for figure in timed if not math.isnan(figure.batch_ms)}
    return [one for key in sorted(each) for one in _of_series(store, Series(*key, "", 0), experiment_id)]


def _of_series(store: Store, series: Series, experiment_id: int) -> list[Regression]:
    shown = history.trend(store, series, Filter())
    others = [figure.batch_ms for figure in shown.figures if figure.experiment_id != experiment_id]
    known = steps(np.array(others))
    return [_named(series, mark) for mark in shown.marks if mark.step.low > 1 and not _is_known(mark.step, known)]


def _is_known(step: Step, known: list[Step]) -> bool:
    """Whether this change was seen before, if perhaps an experiment or two beside it."""
    return any(abs(one.place - step.place) < SIDE and one.low > 1 for one in known)


def _named(series: Series, mark: Mark) -> Regression:
    step, title = mark.step, catalog.title(series.variant)
    return Regression(series.variant, mark.experiment_id, step.ratio, step.low, step.high, f"{title}: {mark.sentence}")
