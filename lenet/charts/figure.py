"""Make charts that look alike: title, axis labels, margins; colours are the page theme's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from lenet.charts.colors import Style, ink

CONFIG = {"displaylogo": False, "showSendToCloud": False}
"""For `st.plotly_chart`: nothing is ever sent to anybody."""


PATTERN = 0.45
"""The opacity of a bar's pattern."""


def figure(title: str, x: str, y: str, *, height: int = 380, **layout: Any) -> go.Figure:
    """An empty chart. x and y: the axes' labels with their units; height in pixels."""
    return go.Figure(
        layout=go.Layout(
            title={"text": title},
            xaxis={"title": {"text": x}, "automargin": True},
            yaxis={"title": {"text": y}, "automargin": True},
            height=height,
            margin={"l": 8, "r": 8, "t": 48, "b": 8},
            legend={"orientation": "h", "y": -0.25, "x": 0},
            hovermode="closest",
            **layout,
        )
    )


def filled(looks: Sequence[Style]) -> dict[str, Any]:
    """Plotly's description of labels' bars: filled, with a pattern in the colour of text on it."""
    return {
        "color": [look.color for look in looks],
        "pattern": {
            "shape": [look.pattern for look in looks],
            "fgcolor": [ink(look.color) for look in looks],
            "fgopacity": PATTERN,
            "fillmode": "overlay",
            "size": 7,
            "solidity": 0.15,
        },
    }


def line(look: Style, width: float = 2) -> dict[str, Any]:
    """Plotly's description of a label's line."""
    return {"color": look.color, "dash": look.dash, "width": width}
