"""Total training time, beside what the issue reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from lenet.analysis.issue7439.original import EPOCHS, Original
from lenet.charts.colors import REFERENCE, style
from lenet.charts.figure import figure, filled

Floats = npt.NDArray[np.float64]

ROW = 54
"""Height of one row, in pixels."""


def totals(variants: pd.DataFrame, originals: Sequence[Original] = ()) -> go.Figure:
    """Training time per variant with its interval, as bars; the original's figures in grey below
    them.

    variants: the report's, with title, label, total_s, total_low, total_high; originals: those
    beside which a race of the same size may stand.
    """
    known = variants.dropna(subset=["total_s"])
    chart = figure("Total training time", "Training time (s)", "", height=140 + ROW * (len(known) + len(originals)))
    total, low, high = (known[name].to_numpy() for name in ("total_s", "total_low", "total_high"))
    _bars(
        chart,
        [f"{title}<br>{seconds:,.1f} s" for title, seconds in zip(known["title"], total, strict=True)],
        total,
        filled([style(label) for label in known["label"]]),
        error_x=reach(total, low, high, REFERENCE),
    )
    if originals:
        _bars(
            chart,
            [f"{original.title}, 2017<br>{EPOCHS} epochs: {original.reported}" for original in originals],
            np.array([original.seconds for original in originals], dtype=float),
            {"color": REFERENCE},
            opacity=0.5,
        )
    return chart.update_layout(showlegend=False, bargap=0.35).update_yaxes(autorange="reversed", showgrid=False)


def _bars(chart: go.Figure, names: list[str], seconds: Floats, marker: dict[str, Any], **look: Any) -> None:
    hover = "%{x:,.2f} s<extra></extra>"
    chart.add_bar(y=names, x=seconds, orientation="h", marker=marker, hovertemplate=hover, **look)


def reach(middle: Floats, low: Floats, high: Floats, color: str) -> dict[str, Any]:
    """Error bars from the ends of intervals; none where an end is not known."""
    return {
        "array": np.nan_to_num(high - middle),
        "arrayminus": np.nan_to_num(middle - low),
        "thickness": 2.5,
        "width": 6,
        "color": color,
    }
