"""The view of a comparison: whether it is slower, the ratios, and what their intervals cover."""

from __future__ import annotations

import pandas as pd

from lenet import catalog
from lenet.analysis import ratio_words
from lenet.analysis.across import compare_words as words
from lenet.analysis.across.compare import HISTORY, PAIRED, ROUNDS, SLICES, YARDSTICK, Compared, Comparison
from lenet.analysis.across.measured_label import Side
from lenet.charts import compare as charts
from lenet.views.blocks import Block, Column, Section, Table, View

BASES = {
    PAIRED: "paired slices",
    YARDSTICK: "rounds",
    HISTORY: "rounds and other experiments",
    ROUNDS: "rounds only",
    SLICES: "slices only",
}


def view(compared: Compared, tolerance: float | None = None) -> View:
    """The whole comparison. tolerance: the limit that the user gave, a share; None without one."""
    base, new = compared.names
    verdicts = tuple(words.verdict(one) for one in compared.comparisons)
    judged = () if tolerance is None else (words.judgement(compared, tolerance),)
    circumstance = compared.comparisons[0].new.circumstance.title if compared.comparisons else ""
    when = f"{compared.base.created:%Y-%m-%d %H:%M} and {compared.new.created:%Y-%m-%d %H:%M} UTC"
    return View(
        name="Comparison",
        title=f"{new} against {base}",
        headlines=(*judged, *verdicts),
        line=f"{circumstance}; raced {when}; intervals are 95 %." if circumstance else "",
        sections=(Section("Side by side", (_block(compared, verdicts),)),),
    )


def _block(compared: Compared, verdicts: tuple[str, ...]) -> Block:
    remarks = tuple(words.remarks(compared))
    if not compared.comparisons:
        return Block(notes=remarks)
    return Block(chart=charts.ratios(compared), table=table(compared), alt=" ".join(verdicts), notes=remarks)


def table(compared: Compared) -> Table:
    """A row per comparison: both times and the ratio, with their intervals and their basis."""
    names = compared.names if compared.names[0] != compared.names[1] else ("base", "new")
    base, new = (f"{name[0].upper()}{name[1:]}" for name in names)
    columns = (
        Column("Variant", "title"),
        Column(base, "base", "ms", ".3f", "base_low", "base_high"),
        Column(new, "new", "ms", ".3f", "new_low", "new_high"),
        Column("New / base [95 %]", "ratio"),
        Column("Interval stands on", "basis"),
    )
    return Table(columns, pd.DataFrame([_row(one) for one in compared.comparisons]))


def _row(one: Comparison) -> dict[str, object]:
    same = one.base.label == one.new.label
    return {
        "title": one.new.title if same else f"{one.base.title} / {one.new.title}",
        **_time("base", one.base),
        **_time("new", one.new),
        "ratio": ratio_words.text(one.ratio, one.low, one.high),
        "basis": _basis(one),
    }


def _time(name: str, side: Side) -> dict[str, float]:
    figure = side.figure
    return {name: figure.batch_ms, f"{name}_low": figure.low, f"{name}_high": figure.high}


def _basis(one: Comparison) -> str:
    beside = ", ".join(catalog.title(label) for label in one.yardsticks)
    return f"{BASES[one.basis]}, beside {beside}" if beside else BASES[one.basis]
