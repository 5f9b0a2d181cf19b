"""The ranking of a race: a row per variant against a baseline, and every pair as a matrix."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lenet import catalog
from lenet.analysis import ranking, ratio_words
from lenet.analysis.ranking import Place
from lenet.analysis.report import Report
from lenet.analysis.verdict import Pair
from lenet.analysis.words import milliseconds
from lenet.charts import ranking as charts
from lenet.views.blocks import Block, Column, Section, Table

PLACES = (
    Column("Variant", "title"),
    Column("Batch (ms)", "batch"),
    Column("Times as long [95 %]", "ratio"),
    Column("Difference", "more"),
)


MARK = "°"
ALONE = (
    MARK + " Different by its own interval, but not among all {} pairs: of so many, one in twenty equal ones would be "
    "(Holm's correction)."
)


def section(report: Report, baseline: str) -> Section:
    """A row per label against the baseline; of more than two also every pair, folded away."""
    placed = ranking.places(report, baseline)
    title = f"How many times as long a batch takes as with {catalog.title(baseline)}"
    block = Block(markup=charts.html(placed, baseline), table=standing(placed), alt=title, key="ranking")
    return Section(title, (block, *([matrix(report)] if len(report.pairs) > 1 else [])))


def standing(placed: Sequence[Place]) -> Table:
    """A row per label: its time, and its ratio to and difference from the baseline."""
    return Table(PLACES, pd.DataFrame([_placed(place) for place in placed]))


def _placed(place: Place) -> dict[str, str]:
    return {
        "title": catalog.title(place.label),
        "batch": milliseconds(place.batch_ms),
        "ratio": charts.ratio(place),
        "more": charts.difference(place),
    }


def matrix(report: Report) -> Block:
    """Every pair: the row's batch takes so many times as long as the column's."""
    labels = [str(label) for label in report.variants["label"] if label not in report.hindrances]
    alone = {(one, other) for pair in report.pairs if pair.different and not pair.holds for one, other in _both(pair)}
    against = {at: {p.label: _ratio(p, (at, p.label) in alone) for p in ranking.places(report, at)} for at in labels}
    rows = [{"title": catalog.title(row), **{at: against[at][row] for at in labels}} for row in labels]
    columns = (Column("Times as long as", "title"), *(Column(catalog.title(label), label) for label in labels))
    alt = "How many times as long a batch of the row's variant takes as one of the column's."
    notes = (ALONE.format(len(report.pairs)),) if alone else ()
    return Block("Every pair", table=Table(columns, pd.DataFrame(rows)), alt=alt, notes=notes, folded=True)


def _both(pair: Pair) -> tuple[tuple[str, str], tuple[str, str]]:
    return (pair.slow, pair.fast), (pair.fast, pair.slow)


def _ratio(place: Place, alone: bool) -> str | None:
    if place.outcome in (ranking.BASELINE, ranking.APART):
        return None
    ratio = ratio_words.estimate(place.ratio, place.low, place.high)
    if place.outcome not in (ranking.SLOWER, ranking.FASTER):
        return f"{ratio} ({place.outcome})"
    return f"{ratio} {MARK}" if alone else ratio
