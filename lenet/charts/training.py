"""Draw training as a whole: time to accuracy, and when a costlier start has paid off."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lenet import catalog
from lenet.analysis.milestones import TARGETS
from lenet.analysis.payoff import AFTER, Payoff
from lenet.charts.colors import REFERENCE, style
from lenet.charts.comparison import ROW, reach
from lenet.charts.figure import figure, line

MARKS = dict(zip(TARGETS, (("circle-open", 19), ("diamond-open", 15), ("square", 8)), strict=True))
"""Symbol and size of each target's mark: they nest, as one epoch may pass several targets."""


def percent(target: float) -> str:
    """A target in percent: '98 %'."""
    return f"{100 * target:.0f} %"


def time_to_accuracy(table: pd.DataFrame) -> go.Figure:
    """A mark with its interval per label and passed target. table: of `analysis.milestones`."""
    passed = table.dropna(subset=["seconds"])
    height = 160 + ROW * passed["label"].nunique()
    chart = figure("Training time to a test accuracy", "Training time (s)", "", height=height)
    for target in TARGETS:
        mine = passed[passed["target"] == target]
        colors = [style(label).color for label in mine["label"]]
        symbol, size = MARKS[target]
        seconds, low, high = (mine[name].to_numpy(dtype=float) for name in ("seconds", "low", "high"))
        chart.add_scatter(
            x=seconds, y=mine["title"].to_numpy(), mode="markers", name=percent(target),
            marker={"symbol": symbol, "size": size, "color": colors, "line": {"width": 2}},
            error_x=reach(seconds, low, high, REFERENCE),
            hovertemplate="%{x:,.2f} s<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    return chart.update_xaxes(rangemode="tozero").update_yaxes(autorange="reversed", showgrid=False)


def behind(payoffs: Sequence[Payoff]) -> go.Figure:
    """How far behind a costlier start still is after each number of epochs, a line per payoff.

    Where a line meets 0 the start has paid off.
    """
    chart = figure("When a costlier start has paid off", "Epochs", "Behind (s)")
    for payoff in (payoff for payoff in payoffs if payoff.answer == AFTER):
        middle, low, high = payoff.epochs
        name = f"{catalog.title(payoff.label)} against {catalog.title(payoff.other)}"
        look = style(payoff.label)
        chart.add_scatter(
            x=np.array([0.0, 2 * middle]), y=np.array([payoff.cost_s, -payoff.cost_s]), mode="lines", name=name,
            legendgroup=name, line=line(look), hovertemplate="after %{x:.2f} epochs: %{y:.2f} s behind<extra></extra>",
        )  # fmt: skip
        x, least, most = (np.array([end if math.isfinite(end) else math.nan]) for end in (middle, low, high))
        chart.add_scatter(
            x=x, y=np.array([0.0]), mode="markers", legendgroup=name, showlegend=False,
            marker={"color": look.color, "size": 12, "symbol": look.symbol},
            error_x=reach(x, least, most, look.color), hoverinfo="skip",
        )  # fmt: skip
    return chart.add_hline(y=0, line={"color": REFERENCE, "width": 1.5, "dash": "dot"})
