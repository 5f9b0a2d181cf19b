"""Draw issue 7439's pair as reported, and as measured on the versions of 2017 and of today."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from lenet.analysis.issue7439.answer import TODAY, Answer, Side
from lenet.analysis.issue7439.original import KERAS, TENSORFLOW
from lenet.charts.colors import REFERENCE, ink, lighter, style
from lenet.charts.comparison import reach
from lenet.charts.figure import figure

NAN = float("nan")
REPORTED = "2017,<br>as reported"
WHEN = {"original": "versions of<br>2017, here", "today": "today's,<br>here"}
PALE = 0.55
"""The share of white in the bars of what was reported."""


def speeds(answer: Answer) -> go.Figure:
    """Batch times of TensorFlow and of Keras, with 95 % intervals.

    There is a group of bars for each time that the pair was measured.
    """
    chart = figure("Time of a batch: TensorFlow and Keras", "", "Time of a batch (ms)", barmode="group", bargap=0.35)
    for at, (name, reported) in enumerate((("TensorFlow", TENSORFLOW), ("Keras", KERAS))):
        rows = {WHEN[side.era.name]: _row(side, side.era.pair[at]) for side in answer if side.race.report}
        _bars(chart, name, style(TODAY.pair[at]).color, {REPORTED: (reported.batch_ms, NAN, NAN), **rows})
    return chart.update_xaxes(tickangle=0)


Figures = Mapping[str, tuple[float, float, float]]
"""For each group: the time, and the ends of its interval."""


def _bars(chart: go.Figure, name: str, color: str, figures: Figures) -> None:
    middle, low, high = np.array(list(figures.values())).T
    colors = [lighter(color, PALE), *[color] * (len(figures) - 1)]
    chart.add_bar(
        name=name,
        x=list(figures),
        y=middle,
        text=[f"{ms:.2f}" for ms in middle],
        # Inside the bar, where no interval crosses the text.
        textposition="inside",
        insidetextanchor="start",
        textangle=0,
        textfont={"color": [ink(one) for one in colors]},
        marker={"color": colors, "line": {"color": color, "width": 1}},
        error_y={**reach(middle, low, high, REFERENCE), "thickness": 2},
        hovertemplate="%{y:.3f} ms<extra>" + name + "</extra>",
    )


def _row(side: Side, label: str) -> tuple[float, float, float]:
    assert side.race.report
    table = side.race.report.variants
    row = table[table["label"] == label].iloc[0]
    return float(row["batch_ms"]), float(row["batch_low"]), float(row["batch_high"])
