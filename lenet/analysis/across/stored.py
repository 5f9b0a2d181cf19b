"""Comparisons of two experiments of one database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lenet.analysis import report as reports
from lenet.analysis.across import compare, figures
from lenet.analysis.across.compare import Compared
from lenet.analysis.across.drift import Known
from lenet.records import Filter

if TYPE_CHECKING:
    from lenet.store import Store

MOST_FIGURES = 5000


def compared(store: Store, base: int, new: int) -> Compared:
    """Every label that both experiments raced, new against base.

    Raises BadInput where there is none or no such experiment, StoreError.
    """
    before, after = (reports.load(store, number) for number in (base, new))
    figures.fill(store)
    return compare.compare(before, after, compare.choose(before, "", after, ""), known=known(store))


def known(store: Store) -> Known:
    """The figures of other experiments under a circumstance, which tell of the machine's drift."""
    return lambda key: store.figures(Filter(limit=MOST_FIGURES), key)
