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
    for comparison in compared.comparisons:
        chart.add_trace(_mark(comparison))
    chart.add_vline(x=1, line={"color": REFERENCE, "width": 1.5, "dash": "dot"})
    return chart.update_yaxes(autorange="reversed", showgrid=False)


def _mark(comparison: Comparison) -> go.Scatter:
    """Hollow where the interval may be too narrow."""
    look = style(comparison.new.label)
    symbol = look.symbol if comparison.sure else f"{look.symbol}-open"
    middle, low, high = (np.array([value]) for value in (comparison.ratio, comparison.low, comparison.high))
    return go.Scatter(
        x=middle,
        y=[f"{comparison.new.title}<br>{ratio_words.estimate(comparison.ratio, comparison.low, comparison.high)}"],
        mode="markers",
        marker={"color": look.color, "size": 12, "symbol": symbol},
        error_x=reach(middle, low, high, look.color),
        hovertemplate=f"{ratio_words.text(comparison.ratio, comparison.low, comparison.high)}<extra></extra>",
    )
