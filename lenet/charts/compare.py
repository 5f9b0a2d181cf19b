"""A comparison of two experiments as a person reads it: ratios with their intervals."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from lenet.analysis import ratio_words
from lenet.analysis.across.compare import Compared, Comparison
from lenet.charts.colors import REFERENCE, style
from lenet.charts.comparison import ROW, reach
from lenet.charts.figure import figure


def ratios(compared: Compared) -> go.Figure:
    """A forest plot: how many times as long a batch takes in the new experiment, and the line of no
    difference."""
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
        y=[f"{found.new.title}<br>{ratio_words.estimate(found.ratio, found.low, found.high)}"],
        mode="markers",
        marker={"color": look.color, "size": 12, "symbol": symbol},
        error_x=reach(middle, low, high, look.color),
        hovertemplate=f"{ratio_words.text(found.ratio, found.low, found.high)}<extra></extra>",
    )
