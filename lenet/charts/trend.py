"""Draw a variant through time: its batch time in each experiment, its levels and their changes."""

from __future__ import annotations

from html import escape

import numpy as np
import plotly.graph_objects as go

from lenet import catalog
from lenet.analysis.across.history import Mark, Trend
from lenet.analysis.words import counted
from lenet.charts.colors import REFERENCE, style
from lenet.charts.comparison import reach
from lenet.charts.figure import figure
from lenet.records import Figure

TICKS = 4


def chart(trend: Trend) -> go.Figure:
    """The trend with evenly spaced experiments, oldest first, whatever the time between them.

    A hollow mark is an experiment that stands alone. A dotted line with a percentage is a change of
    level. A grey line is the median of a level.
    """
    drawn = figure(
        f"{catalog.title(trend.series.variant)} through time",
        "Experiment (UTC)",
        "Time of a batch (ms), with 95 % interval",
        showlegend=False,
    )
    if not trend.figures:
        return drawn
    _levels(drawn, trend)
    _points(drawn, trend)
    for mark in trend.marks:
        _mark(drawn, mark)
    at = np.unique(np.linspace(0, len(trend.figures) - 1, TICKS).round().astype(int))
    ticks = [_tick(trend.figures[place]) for place in at]
    return drawn.update_xaxes(tickvals=at, ticktext=ticks, tickangle=0, showgrid=False)


def _tick(one: Figure) -> str:
    return f"{one.experiment_id}<br>{one.created:%Y-%m-%d}"


def _points(drawn: go.Figure, trend: Trend) -> None:
    look = style(trend.series.variant)
    ms, low, high = (np.array([getattr(one, name) for one in trend.figures]) for name in ("batch_ms", "low", "high"))
    symbols = np.where(trend.alone, f"{look.symbol}-open", look.symbol)
    drawn.add_scatter(
        x=np.arange(len(ms)), y=ms, mode="markers", marker={"color": look.color, "size": 8, "symbol": symbols},
        error_y={**reach(ms, low, high, look.color), "thickness": 1.2, "width": 3},
        text=[_hover(one) for one in trend.figures], hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip


def _hover(one: Figure) -> str:
    versions = escape(", ".join(f"{name} {version}" for name, version in one.versions.items()))
    figures = f"{one.batch_ms:.4f} ms [{one.low:.4f}, {one.high:.4f}]"
    size = f"{counted(one.rounds, 'round')}, {counted(one.batches, 'batch', 'batches')}"
    return f"Experiment {one.experiment_id}, {one.created:%Y-%m-%d %H:%M}<br>{figures}, {size}<br>{versions}"


def _levels(drawn: go.Figure, trend: Trend) -> None:
    """The median between two changes, as a grey line."""
    ms = np.array([one.batch_ms for one in trend.figures])
    edges = [0, *(mark.step.place for mark in trend.marks), len(ms)]
    x, y = [], []
    for start, end in zip(edges[:-1], edges[1:], strict=True):
        x += [start - 0.5, end - 0.5, None]
        y += [float(np.median(ms[start:end]))] * 2 + [None]
    drawn.add_scatter(x=x, y=y, mode="lines", line={"color": REFERENCE, "width": 2}, hoverinfo="skip")


def _mark(drawn: go.Figure, mark: Mark) -> None:
    share = 100 * (mark.step.ratio - 1)
    drawn.add_vline(
        x=mark.step.place - 0.5,
        line={"color": REFERENCE, "width": 1.5, "dash": "dot"},
        annotation={"text": f"{share:+.1f} %", "yanchor": "bottom", "font": {"color": REFERENCE}},
        annotation_position="top",
    )
