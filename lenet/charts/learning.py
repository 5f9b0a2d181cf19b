"""Draw what was learnt: the accuracy after each epoch."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from lenet import catalog
from lenet.charts.colors import style
from lenet.charts.figure import figure, line


def accuracy(epochs: pd.DataFrame) -> go.Figure:
    """Accuracy on the 10,000 test images after each epoch.

    The mean over a label's runs is a line, each run a dot. epochs: the report's, with label, epoch,
    test_accuracy (0 to 1).
    """
    chart = figure("Test accuracy after each epoch", "Epoch", "Test accuracy (%)")
    for key, runs in epochs.groupby("label", sort=False):
        label = str(key)
        look = style(label)
        means = runs.groupby("epoch")["test_accuracy"].mean()
        chart.add_scatter(
            x=means.index.to_numpy(), y=100 * means.to_numpy(), mode="lines", legendgroup=label, showlegend=False,
            line=line(look), hoverinfo="skip",
        )  # fmt: skip
        chart.add_scatter(
            x=runs["epoch"].to_numpy(), y=100 * runs["test_accuracy"].to_numpy(dtype=float), mode="markers",
            legendgroup=label, name=catalog.title(label),
            marker={"color": look.color, "size": 8, "symbol": look.symbol},
            customdata=runs["round"].to_numpy(),
            hovertemplate="epoch %{x}, round %{customdata}: %{y:.2f} %<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    last = int(epochs["epoch"].max()) if len(epochs) else 1
    return chart.update_xaxes(range=[0.5, last + 0.5], tick0=1, dtick=max(1, last // 12))
