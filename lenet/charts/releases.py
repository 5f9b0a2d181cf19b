"""Draw time per release: how many times as long a batch takes as with the first of them."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from lenet.analysis import ranking, ratio_words
from lenet.analysis.releases import Row
from lenet.analysis.words import milliseconds
from lenet.charts.colors import REFERENCE, style
from lenet.charts.comparison import reach
from lenet.charts.figure import figure


def chart(row: Row) -> go.Figure:
    """A mark per release, the oldest first, with its interval; a dotted line with a percentage where a
    release surely takes another time than the one before."""
    first = row.raced[0]
    places = {place.label: place for place in ranking.places(row.report, first.label)}
    found = [places[one.label] for one in row.raced]
    look = style(row.raced[0].label)
    ratios = np.array([1.0 if place.outcome == ranking.BASELINE else place.ratio for place in found])
    ends = [(1.0, 1.0) if place.outcome == ranking.BASELINE else (place.low, place.high) for place in found]
    low, high = np.array(ends).T
    drawn = figure(
        f"{row.title} with each release of {row.package}",
        f"Release of {row.package}",
        f"Times as long as with {first.name} [95 %]",
        showlegend=False,
    )
    drawn.add_hline(y=1, line={"color": REFERENCE, "width": 1.5, "dash": "dot"})
    drawn.add_scatter(
        x=np.arange(len(found)), y=ratios, mode="lines+markers",
        line={"color": look.color, "width": 1}, marker={"color": look.color, "size": 10, "symbol": look.symbol},
        error_y=reach(ratios, low, high, look.color),
        text=[_hover(row, at, place) for at, place in enumerate(found)], hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    _mark(drawn, row)
    names = [one.name for one in row.raced]
    return drawn.update_xaxes(tickvals=np.arange(len(names)), ticktext=names, showgrid=False, type="linear")


def _hover(row: Row, at: int, place: ranking.Place) -> str:
    said = f"{row.package} {row.raced[at].name}<br>{milliseconds(place.batch_ms)} ms a batch"
    if place.outcome == ranking.BASELINE:
        return said
    return f"{said}<br>{ratio_words.text(place.ratio, place.low, place.high)} times {row.raced[0].name}"


def _mark(drawn: go.Figure, row: Row) -> None:
    names = [one.name for one in row.raced]
    for one, pair in row.steps:
        drawn.add_vline(
            x=names.index(one.name) - 0.5,
            line={"color": REFERENCE, "width": 1.5, "dash": "dot"},
            annotation={
                "text": f"{100 * (pair.ratio - 1):+.1f} %", "yanchor": "bottom", "font": {"color": REFERENCE},
            },
            annotation_position="top",
        )  # fmt: skip
