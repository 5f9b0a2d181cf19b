"""A comparison of two experiments as a person reads it: a table, and ratios with their intervals."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lenet import catalog
from lenet.analysis.across.compare import HISTORY, PAIRED, ROUNDS, SLICES, YARDSTICK, Compared, Comparison
from lenet.analysis.across.measured_label import Side
from lenet.charts.colors import REFERENCE, style
from lenet.charts.comparison import ROW, reach
from lenet.charts.figure import figure

BASES = {
    PAIRED: "paired slices",
    YARDSTICK: "rounds",
    HISTORY: "rounds and other experiments",
    ROUNDS: "rounds only",
    SLICES: "slices only",
}


def table(compared: Compared) -> pd.DataFrame:
    """A row per comparison: both times in ms, the ratio, each with its interval, and what the interval stands on."""
    names = compared.names if compared.names[0] != compared.names[1] else ("base", "new")
    base, new = (f"{name[0].upper()}{name[1:]} (ms) [95 %]" for name in names)
    return pd.DataFrame([_row(found, base, new) for found in compared.comparisons])


def _row(found: Comparison, base: str, new: str) -> dict[str, str]:
    same = found.base.label == found.new.label
    return {
        "Variant": found.new.title if same else f"{found.base.title} / {found.new.title}",
        base: _time(found.base),
        new: _time(found.new),
        "New / base [95 %]": _between(found.ratio, found.low, found.high),
        "Interval stands on": _basis(found),
    }


def _basis(found: Comparison) -> str:
    beside = ", ".join(catalog.title(label) for label in found.yardsticks)
    return f"{BASES[found.basis]}, beside {beside}" if beside else BASES[found.basis]


def _time(side: Side) -> str:
    return _between(side.figure.batch_ms, side.figure.low, side.figure.high)


def _between(middle: float, low: float, high: float) -> str:
    text = "" if math.isnan(middle) else f"{middle:.3f}"
    return text if math.isnan(low) else f"{text} [{low:.3f}, {high:.3f}]"


def ratios(compared: Compared) -> go.Figure:
    """A forest plot: how many times as long a batch takes in the new experiment, and the line of no difference."""
    chart = figure(
        f"{compared.names[1]} against {compared.names[0]}".capitalize(), "Ratio of batch times, with 95 % interval", "",
        height=150 + ROW * len(compared.comparisons), showlegend=False,
    )  # fmt: skip
    for found in compared.comparisons:
        chart.add_trace(_mark(found))
    chart.add_vline(x=1, line={"color": REFERENCE, "width": 1.5, "dash": "dot"})
    return chart.update_yaxes(autorange="reversed", showgrid=False)


def _mark(found: Comparison) -> go.Scatter:
    """Hollow where the interval may be too narrow."""
    look = style(found.new.label)
    symbol = look.symbol if found.sure else f"{look.symbol}-open"
    middle, low, high = (np.array([value]) for value in (found.ratio, found.low, found.high))
    return go.Scatter(
        x=middle,
        y=[f"{found.new.title}<br>{found.ratio:.3f}"],
        mode="markers",
        marker={"color": look.color, "size": 12, "symbol": symbol},
        error_x=reach(middle, low, high, look.color),
        hovertemplate=f"{found.ratio:.4f} [{found.low:.4f}, {found.high:.4f}]<extra></extra>",
    )
