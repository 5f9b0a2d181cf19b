"""Draw the overhead law: batch time by batch size, with each variant's line and where it ends."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from lenet import catalog
from lenet.analysis.why.law import Law
from lenet.analysis.why.line_fit import Fit
from lenet.charts.colors import Style, style
from lenet.charts.figure import figure, line

BAND = 0.18
"""The opacity of a band, on which the line lies."""
END = "the law ends here"


def overhead(law: Law) -> go.Figure:
    """Points with their intervals, lines with their bands, on logarithmic axes.

    On such axes a fixed cost is the flat left end, noise has the same height everywhere, and two
    variants whose compute is equal meet at the right. A dotted line in a law's colour marks where
    it ends inside the measured sizes.
    """
    chart = figure("Overhead law", "Batch size (images)", "Time of a batch (ms)", height=460)
    named: set[int] = set()
    for variant, fit in law.fits.items():
        look = style(variant)
        _band(chart, law.lines[law.lines["variant"] == variant], look, variant)
        _points(chart, law.points[law.points["variant"] == variant], look, variant)
        _end(chart, fit, law.points[law.points["variant"] == variant], look, named)
    sizes = sorted({int(size) for size in law.points["batch_size"]})
    chart.update_xaxes(type="log", tickvals=sizes, ticktext=[str(size) for size in sizes])
    ticks = _ticks(law.points["ms"].to_numpy(dtype=float))
    return chart.update_yaxes(type="log", tickvals=ticks, ticktext=[f"{tick:g}" for tick in ticks])


def _ticks(ms: npt.NDArray[np.float64]) -> list[float]:
    """1, 2 and 5 of each decade of the times: Plotly would leave out the decade (5 for 0.5)."""
    known = ms[np.isfinite(ms) & (ms > 0)]
    if not len(known):
        return []
    low, high = int(np.floor(np.log10(known.min()))), int(np.ceil(np.log10(known.max())))
    return [round(step * 10.0**decade, -decade) for decade in range(low, high + 1) for step in (1, 2, 5)]


def _band(chart: go.Figure, table: pd.DataFrame, look: Style, variant: str) -> None:
    if table.empty:
        return
    x, low, high = (table[name].to_numpy(dtype=float) for name in ("batch_size", "low", "high"))
    if np.isfinite(low).all():
        # A logarithmic axis has no place for 0 or less.
        edges = np.concatenate([high, np.maximum(low, table["ms"].min() / 1000)[::-1]])
        chart.add_scatter(
            x=np.concatenate([x, x[::-1]]), y=edges, fill="toself", fillcolor=look.color, opacity=BAND,
            mode="none", hoverinfo="skip", showlegend=False, legendgroup=variant,
        )  # fmt: skip
    chart.add_scatter(
        x=x, y=table["ms"], mode="lines", line=line(look), hoverinfo="skip", showlegend=False, legendgroup=variant,
    )  # fmt: skip


def _points(chart: go.Figure, table: pd.DataFrame, look: Style, variant: str) -> None:
    ms, low, high = (table[name].to_numpy(dtype=float) for name in ("ms", "low", "high"))
    chart.add_scatter(
        x=table["batch_size"], y=ms, mode="markers", name=catalog.title(variant), legendgroup=variant,
        marker={"color": look.color, "size": 9, "symbol": look.symbol},
        error_y={
            "array": np.nan_to_num(high - ms), "arrayminus": np.nan_to_num(ms - low), "color": look.color, "width": 5,
        },
        hovertemplate="batch %{x}: %{y:.3f} ms<extra>%{fullData.name}</extra>",
    )  # fmt: skip


def _end(chart: go.Figure, fit: Fit, table: pd.DataFrame, look: Style, named: set[int]) -> None:
    """A mark at each end of the law that lies inside the measured sizes.

    Only the first mark at a size has words: `named` holds the sizes that have them.
    """
    if not fit.holds:
        return
    sizes = table["batch_size"]
    ends = [fit.smallest] * bool(sizes.min() < fit.smallest) + [fit.largest] * bool(sizes.max() > fit.largest)
    for size in ends:
        # A trace, not a shape: Plotly misplaces annotations of shapes on logarithmic axes.
        chart.add_scatter(
            x=[size, size], y=[table["ms"].min(), table["ms"].max()], mode="lines+text",
            text=["", "" if size in named else END],
            # Towards the middle: words at an edge would be cut off.
            textposition="top left" if size > sizes.median() else "top right",
            textfont={"color": look.color}, hoverinfo="skip", showlegend=False,
            line={"color": look.color, "width": 1.5, "dash": "dot"}, legendgroup=fit.variant,
        )  # fmt: skip
        named.add(size)
