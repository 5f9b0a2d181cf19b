"""The view of a ladder, an overhead law, counts or a profile: sentences, charts and tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from lenet import catalog
from lenet.analysis.intervals import Interval
from lenet.analysis.why import findings as reading
from lenet.analysis.why import ladder_words
from lenet.analysis.why.counts import Counted
from lenet.analysis.why.findings import Findings
from lenet.analysis.why.ladder import Bar, Climb
from lenet.analysis.why.law import Law
from lenet.analysis.why.line_fit import Fit
from lenet.analysis.why.profile import Profile
from lenet.analysis.words import part
from lenet.charts import icicle, law, waterfall
from lenet.records import Run
from lenet.views import experiment
from lenet.views.blocks import Block, Column, Section, Table, View, filled

if TYPE_CHECKING:
    from lenet.store import Store

ANSWERS = {True: "yes", False: "no", None: "nobody can say"}
NOT_MADE = Interval(math.nan, math.nan, math.nan, 0, 0)
"""The effect of a change in a walk in which it was not made."""
NO_EFFECT = "no measurable effect"
TOP = 15
"""The number of functions in a table."""
DECIMALS = 3
COUNT = ",.12g"
"""Whole numbers have all their digits; the tables round the others."""
BARS = (
    Column("Change", "title"),
    Column("Effect", "estimate", "µs per batch", ",.1f", "low", "high"),
    Column("Of the gap", "share"),
    Column("Forward", "forward", "µs", ",.1f", "forward_low", "forward_high"),
    Column("Backward", "backward", "µs", ",.1f", "backward_low", "backward_high"),
)
FITS = (
    Column("Variant", "title"),
    Column("Per batch", "a", "µs", ",.1f", "a_low", "a_high"),
    Column("Per image", "b", "µs", ",.1f", "b_low", "b_high"),
    Column("Holds at batch sizes", "sizes"),
    Column("Remark", "reason"),
)
POINTS = (
    Column("Variant", "title"),
    Column("Batch size", "batch_size", digits=",.0f"),
    Column("Batch", "ms", "ms", ".3f", "low", "high"),
    Column("Above the line", "off", "%", ".1f", scale=100),
)
COUNTS = (
    Column("What", "what"),
    Column("Per batch", "per_batch", digits=COUNT),
    Column("Least", "least", digits=COUNT),
    Column("Most", "most", digits=COUNT),
    Column("In all", "total", digits=COUNT),
    Column("More at an epoch's start", "per_epoch", digits=COUNT),
    Column("Told by", "told_by"),
)
CALLED = (
    Column("Function", "name"),
    Column("Of", "where"),
    Column("Calls per batch", "per_batch", digits=COUNT),
)
FUNCTIONS = (
    Column("Function", "label"),
    Column("Layer", "layer"),
    Column("Own share", "share", "%", ".1f", scale=100),
)


def load(store: Store, experiment_id: int) -> View:
    """The result of a stored experiment. Raises BadInput for a race, StoreError."""
    return view(reading.load(store, experiment_id), store.runs(experiment_id))


def view(findings: Findings, runs: Sequence[Run]) -> View:
    """The whole result of an experiment that asks why."""
    framed = experiment.frame(findings.report, runs)
    first, *rest = findings.sentences or ("Nothing was found.",)
    sections = tuple(_sections(findings))
    return replace(framed, headlines=(first,), points=tuple(rest), sections=(*filled(*sections), *framed.sections))


def _sections(findings: Findings) -> Iterator[Section]:
    if findings.climb and findings.climb.bars:
        yield ladder(findings.climb)
    if findings.law and not findings.law.points.empty:
        yield overhead(findings.law)
    for counted in findings.counts:
        yield evidence(counted)
    for profile in findings.profiles:
        yield samples(profile)


# A ladder


def ladder(climb: Climb) -> Section:
    """The waterfall, and a table of every bar."""
    alt = f"{climb.ladder.title}: microseconds per batch of each change."
    note = (
        "The effects add up from the first row to the last. Forward: the change is made before the later ones; "
        "backward: after them."
    )
    every = "Every bar of the ladder with its interval and both walks."
    causes = ladder_words.causes(climb)
    return Section(
        climb.ladder.title,
        (
            Block(chart=waterfall.waterfall(climb), alt=alt, key="waterfall"),
            Block("The gap alone", chart=waterfall.gap(climb), alt=f"The gap, split into its causes: {causes}"),
            Block("Every bar", table=bars(climb), alt=every, notes=(note,)),
        ),
    )


def bars(climb: Climb) -> Table:
    """A row per bar between the two ends; the effects add up from the first row to the last."""
    ends = [_end(climb.ladder.start, climb.slow), _end(climb.ladder.end, climb.fast)]
    rows = [ends[0], *(_bar(bar, climb) for bar in climb.bars), ends[1]]
    return Table(BARS, pd.DataFrame(rows))


def _end(entry: str, time: Interval) -> dict[str, object]:
    return {"title": catalog.title(entry), **_interval(time), "share": None}


def _bar(bar: Bar, climb: Climb) -> dict[str, object]:
    share = None if math.isnan(bar.share.estimate) else part(bar.share)
    return {
        "title": bar.title,
        **_interval(bar.effect),
        "share": share if bar.measurable else NO_EFFECT,
        **_interval(bar.forward or NOT_MADE, "forward"),
        **_interval(bar.backward or NOT_MADE, "backward"),
    }


def _interval(interval: Interval, name: str = "") -> dict[str, float]:
    names = (name, f"{name}_low", f"{name}_high") if name else ("estimate", "low", "high")
    return dict(zip(names, (interval.estimate, interval.low, interval.high), strict=True))


# A law


def overhead(fitted: Law) -> Section:
    """The chart of points and lines, a table of the lines, and a table of every point."""
    alt = "Time of a batch by its size, with the law's lines."
    return Section(
        "Overhead law",
        (
            Block(chart=law.overhead(fitted), alt=alt),
            Block(table=fits(fitted), alt="Fixed cost and cost per image of each variant."),
            Block("Every point", table=points(fitted), alt="Time of a batch at each batch size.", folded=True),
        ),
    )


def fits(fitted: Law) -> Table:
    """A row per variant: its fixed cost per batch, its cost per image, and where the law holds."""
    return Table(FITS, pd.DataFrame([_fit(fit) for fit in fitted.fits.values()]))


def _fit(fit: Fit) -> dict[str, object]:
    sizes = f"{fit.smallest} to {fit.largest}" if fit.holds else "nowhere"
    costs = {**_interval(fit.a, "a"), **_interval(fit.b, "b")}
    return {"title": catalog.title(fit.variant), **costs, "sizes": sizes, "reason": fit.reason}


def points(fitted: Law) -> Table:
    """A row per variant and batch size: the batch time, and its distance above the line."""
    titles = [catalog.title(str(name)) for name in fitted.points["variant"]]
    return Table(POINTS, fitted.points.assign(title=titles))


# Counts and profiles


def evidence(counted: Counted) -> Section:
    """The answer whether anything is re-created, and the counts."""
    title = catalog.title(counted.label)
    heading = f"{title}: {ANSWERS[counted.recreated]}"
    if counted.table.empty:
        return Section(heading, ())
    called = Table(CALLED, counted.called.head(TOP).round(DECIMALS))
    most = f"Functions that {title} calls most on a batch."
    return Section(
        heading,
        (
            Block(table=Table(COUNTS, counted.table.round(DECIMALS)), alt=f"What {title} does on a batch."),
            Block("Functions that it calls most", table=called, alt=most, folded=True),
        ),
    )


def samples(profile: Profile) -> Section:
    """Where the time goes, as an icicle and by function."""
    title = catalog.title(profile.label)
    heading = f"{title}: where its time goes"
    if profile.nodes.empty:
        return Section(heading, ())
    drawn = f"Profile of {title}: functions by their share of the time."
    listed = f"The functions in which {title} spends its time."
    return Section(
        heading,
        (
            Block(chart=icicle.figure(profile), alt=drawn),
            Block("Functions by their own time", table=functions(profile), alt=listed, folded=True),
        ),
    )


def spoken(section: Section, sentence: str) -> Section:
    """The section with a sentence before its blocks."""
    return replace(section, blocks=(Block(sentences=(sentence,)), *section.blocks))


def functions(profile: Profile) -> Table:
    """The functions in which the training thread worked most, by their own share of the samples."""
    nodes = profile.nodes
    below = nodes.groupby("parent")["samples"].sum()
    own = nodes["samples"] - nodes["id"].map(below).fillna(0)
    told = nodes.assign(own=own)[nodes["parent"] != ""]
    summed = told.groupby(["label", "layer"], as_index=False)[["own"]].sum()
    top = summed.sort_values("own", ascending=False, kind="stable").head(TOP)
    return Table(FUNCTIONS, top.assign(share=top["own"] / max(profile.samples, 1)))


def beside(table: pd.DataFrame, before: str, after: str) -> Table:
    """Two counts next to each other. table: of `analysis.why.findings.beside`."""
    columns = (
        Column("What", "what"),
        Column(before, "before", digits=COUNT),
        Column(f"{after} (after)" if before == after else after, "after", digits=COUNT),
        Column("Told by", "told_by"),
    )
    return Table(columns, table.round(DECIMALS))
