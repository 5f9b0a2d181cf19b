"""The view of pooled sessions: a sentence and a row per pair, and what each session says by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from lenet import catalog
from lenet.analysis import ratio_words
from lenet.analysis import report as reports
from lenet.analysis.across.pool import Pool, Pooled, check, pool
from lenet.analysis.circumstances import circumstance
from lenet.analysis.report import Report
from lenet.analysis.words import listed
from lenet.views.blocks import Block, Column, Section, Table, View

if TYPE_CHECKING:
    from lenet.store import Store

COLUMNS = (
    Column("Slower", "slow"),
    Column("Faster", "fast"),
    Column("Times as long [95 %]", "ratio"),
    Column("Sessions", "sessions", digits=".0f"),
    Column("Each session", "each"),
)


def load(store: Store, numbers: Sequence[int]) -> View:
    """The experiments with these numbers, pooled. Raises BadInput, StoreError."""
    distinct = list(dict.fromkeys(numbers))
    check([store.experiment(number) for number in distinct])  # before batches are read
    return view([reports.load(store, number) for number in distinct])


def view(sessions: list[Report]) -> View:
    """The sessions as one race. Raises BadInput for what is no session of the same race."""
    pooled = pool(sessions)
    first = pooled.experiments[0]
    numbers = listed([str(one.id) for one in pooled.experiments])
    where = circumstance(first, first.request.variants[0]).title
    when = f"{first.created:%Y-%m-%d %H:%M} to {pooled.experiments[-1].created:%Y-%m-%d %H:%M} UTC"
    return View(
        name=f"Experiments {numbers}, pooled",
        title=f"{len(pooled.experiments)} sessions of one race",
        headlines=tuple(pair.verdict for pair in pooled.pairs[:1]),
        line=f"{where}; raced {when}; the interval covers sessions.",
        sections=(Section("Over all sessions", (_block(pooled),)),),
    )


def _block(pooled: Pool) -> Block:
    alt = "The ratio of each pair over all sessions, and in each."
    return Block(table=table(pooled), alt=alt, notes=pooled.remarks)


def table(pooled: Pool) -> Table:
    """A row per pair: its ratio over all sessions with its interval, and each session's own."""
    return Table(COLUMNS, pd.DataFrame([_row(pair) for pair in pooled.pairs]))


def _row(pair: Pooled) -> dict[str, object]:
    each = (f"{one.experiment}: {ratio_words.text(one.ratio, one.low, one.high)}" for one in pair.sessions)
    return {
        "slow": catalog.title(pair.slow),
        "fast": catalog.title(pair.fast),
        "ratio": ratio_words.text(pair.ratio, pair.low, pair.high),
        "sessions": len(pair.sessions),
        "each": ", ".join(each) + (" (scattered)" if pair.scattered else ""),
    }
