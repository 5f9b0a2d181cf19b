"""Draw a comparison of two experiments: ratios with their intervals."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from lenet.analysis.across.compare import Compared, Comparison
from lenet.charts.colors import REFERENCE, style
from lenet.charts.comparison import ROW, reach
from lenet.charts.figure import figure


def ratios(compared: Compared) -> go.Figure:
    """A forest plot of the ratios of batch times, and the line of no difference.

    A ratio says how many times as long a batch takes in the new experiment.
    """
    chart = figure(
        f"{compared.names[1]} against {compared.names[0]}".capitalize(), "Ratio of batch times, with 95 % interval", "",
        height=150 + ROW * len(compared.comparisons), showlegend=False,
    )  # fmt: skip
    for comparison in compared.comparisons:
        chart.add_trace(_mark(comparison))
    chart.add_vline(x=1, line={"color": REFERENCE, "width": 1.5, "dash": "dot"})
    return chart.update_yaxes(autorange="reversed", showgrid=False)


def _mark(comparison: Comparison) -> go.Scatter:
    """A mark with its interval, hollow where the interval may be too narrow."""
    look = style(comparison.new.label)
    symbol = look.symbol if comparison.sure else f"{look.symbol}-open"
    middle, low, high = (np.array([value]) for value in (comparison.ratio, comparison.low, comparison.high))
    return go.Scatter(
        x=middle,
        y=[f"{comparison.new.title}<br>{comparison.ratio:.3f}"],
        mode="markers",
        marker={"color": look.color, "size": 12, "symbol": symbol},
        error_x=reach(middle, low, high, look.color),
        hovertemplate=f"{comparison.ratio:.4f} [{comparison.low:.4f}, {comparison.high:.4f}]<extra></extra>",
    )
