"""Draw a profile as an icicle: callers above callees, width by samples, colour by layer."""

from __future__ import annotations

from html import escape

import pandas as pd
import plotly.graph_objects as go

from lenet import catalog
from lenet.analysis.why import layers
from lenet.analysis.why.profile import Profile
from lenet.charts.colors import PALETTE, REFERENCE, ink
from lenet.charts.figure import LEGEND

MOST_NODES = 600
"""The most nodes to draw, the largest first: more would be slivers, and a burden on the page."""
LABEL = 60
NOWHERE = {"visible": False, "domain": [0, 0.001]}
"""Axes that take up no room and intercept no click on the icicle."""
_COLORS = {layer: PALETTE[place % len(PALETTE)] for place, layer in enumerate(layers.LAYERS[:-2])} | {
    layers.PYTHON: REFERENCE,
    layers.OTHER: REFERENCE,
}


def figure(profile: Profile, height: int = 520) -> go.Figure:
    """The icicle of a profile; empty for an empty profile.

    Hovering shows function, file, layer, share and samples.
    """
    nodes = _largest(profile)
    chart = go.Figure(
        go.Icicle(
            ids=nodes["id"],
            parents=nodes["parent"],
            labels=[_text(label.partition(" (")[0][:LABEL]) for label in nodes["label"]],
            values=nodes["samples"],
            branchvalues="total",
            marker={"colors": [_COLORS[layer] for layer in nodes["layer"]], "line": {"width": 1}},
            textfont={"color": [ink(_COLORS[layer]) for layer in nodes["layer"]]},
            # Leaves are pale by default, and would look like another layer's.
            leaf={"opacity": 1},
            customdata=nodes[["label", "layer", "share"]].assign(label=nodes["label"].map(_text)).to_numpy(),
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}<br>%{customdata[2]:.1%}, %{value:,} samples"
            "<extra></extra>",
            tiling={"orientation": "v"},
            sort=True,
        ),
        layout=go.Layout(
            title={"text": f"Where the time of {catalog.title(profile.label)} goes"},
            height=height,
            margin={"l": 8, "r": 8, "t": 48, "b": 8},
            # Smaller text cannot be read; hovering shows it.
            uniformtext={"minsize": 10, "mode": "hide"},
            showlegend=True,
            legend={**LEGEND, "itemclick": False, "itemdoubleclick": False},
            xaxis=NOWHERE,
            yaxis=NOWHERE,
        ),
    )
    for layer in dict.fromkeys(nodes["layer"]):
        # An icicle has no legend: these marks have no place, only a line in the legend.
        mark = {"color": _COLORS[layer], "symbol": "square", "size": 12}
        chart.add_scatter(x=[None], y=[None], mode="markers", name=layer, marker=mark)
    return chart


def _text(name: str) -> str:
    """The function's name with HTML escaped (`<lambda>`): Plotly interprets some HTML."""
    return escape(name, quote=False)


def _largest(profile: Profile) -> pd.DataFrame:
    # A node is never larger than its parent and sorted behind it, so the largest nodes form a tree.
    return profile.nodes.sort_values("samples", ascending=False, kind="stable").head(MOST_NODES)
