"""The view of pooled sessions: of a race a row per pair, of a ladder its bars, of a law its costs, and
what each session says by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from lenet import catalog, instruments
from lenet.analysis import ratio_words
from lenet.analysis import report as reports
from lenet.analysis.across import pool
from lenet.analysis.across.pool import Pool, Pooled
from lenet.analysis.across.pool_ladder import PooledLadder, pool_ladder
from lenet.analysis.across.pool_law import PooledLaw, pool_law
from lenet.analysis.circumstances import circumstance
from lenet.analysis.intervals import Interval
from lenet.analysis.report import Report
from lenet.analysis.why import ladder_words
from lenet.analysis.why.ladder import Climb
from lenet.analysis.why.law import Contrast, Law
from lenet.analysis.words import listed, micro, turned
from lenet.records import Experiment
from lenet.views import why
from lenet.views.blocks import Block, Column, Section, Table, View

if TYPE_CHECKING:
    from lenet.store import Store

COLUMNS = (
    Column("Slower", "slow"),
    Column("Faster", "fast"),
    Column("Times as long [95 %]", "ratio", figures=("times", "low", "high")),
    Column("Sessions", "sessions", digits=".0f"),
    Column("Each session", "each"),
)
COSTS = (
    Column("Cost", "title"),
    Column("Over all sessions", "over"),
    Column("Each session", "each"),
)
BARS = (
    Column("Change", "title"),
    Column("Over all sessions", "over", figures=("over_us", "low_us", "high_us")),
    Column("Each session", "each"),
)


def load(store: Store, numbers: Sequence[int]) -> View:
    """The experiments with these numbers, pooled. Raises BadInput, StoreError."""
    distinct = list(dict.fromkeys(numbers))
    pool.check([store.experiment(number) for number in distinct])  # before batches are read
    return view([reports.load(store, number) for number in distinct])


def view(sessions: list[Report]) -> View:
    """The sessions as one race, ladder or law. Raises BadInput for what is no session of the same."""
    raced = {instruments.of(report.experiment.request) for report in sessions}
    if raced == {instruments.LADDER}:
        return _ladder(pool_ladder(sessions))
    if raced == {instruments.LAW}:
        return _law(pool_law(sessions))
    pooled = pool.pool(sessions)
    return View(
        name=_name(pooled.experiments),
        title=f"{len(pooled.experiments)} sessions of one race",
        headlines=tuple(pair.verdict for pair in pooled.pairs[:1]),
        line=_line(pooled.experiments),
        sections=(Section("Over all sessions", (_block(pooled),)),),
    )


def _name(sessions: Sequence[Experiment]) -> str:
    return f"Experiments {listed([str(one.id) for one in sessions])}, pooled"


def _line(sessions: Sequence[Experiment]) -> str:
    """The circumstances, when it was raced, and what the interval covers."""
    first = sessions[0]
    where = circumstance(first, first.request.variants[0]).title
    when = f"{first.created:%Y-%m-%d %H:%M} to {sessions[-1].created:%Y-%m-%d %H:%M} UTC"
    return f"{where}; raced {when}; the interval covers sessions."


def _ladder(pooled: PooledLadder) -> View:
    alt = "The gap and every bar of the ladder over all sessions, and in each."
    each = Block("Each session", table=bars(pooled), alt=alt, notes=pooled.remarks)
    said = ladder_words.sentences(pooled.climb)
    return _explained(pooled.experiments, "ladder", said, why.ladder(pooled.climb), each)


def _law(pooled: PooledLaw) -> View:
    alt = "The costs per batch and per image of each two variants over all sessions, and in each."
    each = Block("Each session", table=costs(pooled), alt=alt, notes=pooled.remarks)
    return _explained(pooled.experiments, "overhead law", pooled.law.sentences, why.overhead(pooled.law), each)


def _explained(
    sessions: Sequence[Experiment], kind: str, sentences: Sequence[str], whole: Section, each: Block
) -> View:
    """What all sessions say together, and each by itself."""
    first, *rest = sentences
    return View(
        name=_name(sessions),
        title=f"{len(sessions)} sessions of one {kind}",
        headlines=(first,),
        line=_line(sessions),
        points=tuple(rest),
        sections=(replace(whole, blocks=(*whole.blocks, each)),),
    )


def costs(pooled: PooledLaw) -> Table:
    """Two rows for each two variants: by how much they differ per batch and per image, over all sessions
    and in each by itself."""
    rows = []
    for pair in pooled.law.contrasts:
        both = f"{catalog.title(pair.slow)} over {catalog.title(pair.fast)}"
        for part, per in (("a", "per batch"), ("b", "per image")):
            found = [
                (one.id, _cost(fitted, pair, part)) for one, fitted in zip(pooled.experiments, pooled.each, strict=True)
            ]
            rows.append(
                {
                    "title": f"{both}, {per}",
                    "over": micro(getattr(pair, part)),
                    "each": ", ".join(f"{number}: {micro(cost)}" for number, cost in found if cost),
                }
            )
    return Table(COSTS, pd.DataFrame(rows, columns=[column.key for column in COSTS]))


def _cost(fitted: Law, pair: Contrast, part: str) -> Interval | None:
    """The same cost in one session, with the same sign; None where no line held there."""
    own = next((one for one in fitted.contrasts if {one.slow, one.fast} == {pair.slow, pair.fast}), None)
    if own is None:
        return None
    cost: Interval = getattr(own, part)
    return cost if own.slow == pair.slow else turned(cost)


def bars(pooled: PooledLadder) -> Table:
    """A row for the gap and each bar: its worth over all sessions, and in each by itself."""
    rows = [_part("Gap", pooled, lambda climb: climb.gap)]
    for bar in pooled.climb.bars:
        rows.append(_part(bar.title, pooled, partial(_effect, bar.title)))
    return Table(BARS, pd.DataFrame(rows))


def _effect(title: str, climb: Climb) -> Interval | None:
    return next((bar.effect for bar in climb.bars if bar.title == title), None)


def _part(title: str, pooled: PooledLadder, worth: Callable[[Climb], Interval | None]) -> dict[str, object]:
    """A row of `bars`; a session in which changes could not be told apart may lack a bar."""
    found = [(one.id, worth(climb)) for one, climb in zip(pooled.experiments, pooled.each, strict=True)]
    over = worth(pooled.climb)
    return {
        "title": title,
        "over": micro(over) if over else None,
        "over_us": over.estimate if over else None,
        "low_us": over.low if over else None,
        "high_us": over.high if over else None,
        "each": ", ".join(f"{number}: {micro(one)}" for number, one in found if one),
    }


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
        "times": pair.ratio,
        "low": pair.low,
        "high": pair.high,
        "sessions": len(pair.sessions),
        "each": ", ".join(each) + (" (scattered)" if pair.scattered else ""),
    }
