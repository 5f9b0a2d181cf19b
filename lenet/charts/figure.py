"""Make charts that look alike: title, axis labels, margins; colours are the page theme's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from lenet.charts.colors import Style, ink

CONFIG = {"displaylogo": False, "showSendToCloud": False}
"""For `st.plotly_chart`: nothing is ever sent to anybody."""


FONT = 14
"""The size of all text but titles, in pixels: it is read from the back of a room."""
LEGEND = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "font": {"size": FONT}}
"""The legend, above what it explains: below, a phone would show it a screen later."""
TOP = 16
"""The space above a chart whose title stands elsewhere, in pixels; a legend takes what it needs."""
PATTERN = 0.45
"""The opacity of a bar's pattern."""


def figure(title: str, x: str, y: str, *, height: int = 380, **layout: Any) -> go.Figure:
    """An empty chart. x and y: the axes' labels with their units; height in pixels."""
    return go.Figure(
        layout=go.Layout(
            title={"text": title},
            xaxis=_axis(x),
            yaxis=_axis(y),
            height=height,
            margin={"l": 8, "r": 8, "t": 48, "b": 8},
            legend=LEGEND,
            hovermode="closest",
            **layout,
        )
    )


def untitled(chart: go.Figure) -> tuple[str, go.Figure]:
    """The title of a chart, and the chart without it.

    A page writes the title above, where it wraps, and where neither tools nor legend cover it.
    """
    bare = go.Figure(chart)
    title, bare.layout.title.text = chart.layout.title.text, ""
    bare.layout.margin.t = TOP
    return title, bare


def _axis(title: str) -> dict[str, Any]:
    return {"title": {"text": title, "font": {"size": FONT}}, "tickfont": {"size": FONT}, "automargin": True}


def filled(looks: Sequence[Style]) -> dict[str, Any]:
    """Plotly's description of labels' bars: filled, with a pattern in the colour of text on it."""
    return {
        "color": [look.color for look in looks],
        "pattern": {
            "shape": [look.pattern for look in looks],
            "bgcolor": [look.color for look in looks],
            "fgcolor": [ink(look.color) for look in looks],
            "fgopacity": PATTERN,
            # In the other mode Plotly complains about the list of colours, bar by bar.
            "fillmode": "replace",
            "size": 7,
            "solidity": 0.15,
        },
    }


def line(look: Style, width: float = 2) -> dict[str, Any]:
    """Plotly's description of a label's line."""
    return {"color": look.color, "dash": look.dash, "width": width}
