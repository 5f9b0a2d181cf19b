"""Draw batch times of runs that are over: their distribution, and batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lenet import catalog
from lenet.analysis import live as analysis
from lenet.charts.colors import style
from lenet.charts.decimate import medians, resample
from lenet.charts.figure import figure, line

if TYPE_CHECKING:
    from lenet.bench.live import LiveRun

CLIP = 99.5
"""The percentile at which the distribution's axis ends: long batches would squeeze the rest."""
STEPS = np.linspace(0, 100, 401)
POINTS = 16_000
"""The points of all lines of a chart together, drawn once: about 170 kB."""
MEDIAN_BINS = 200


def distribution(batches: pd.DataFrame) -> go.Figure:
    """The share of steady batches up to each time, a line per label. batches: label, ms."""
    chart = figure("Distribution of batch times", "Time of a batch (ms)", "Batches that took at most so long (%)")
    groups = [(str(label), ms.to_numpy(dtype=float)) for label, ms in batches.groupby("label", sort=False)["ms"]]
    for label, ms in groups:
        chart.add_scatter(
            x=np.percentile(ms, STEPS), y=STEPS, mode="lines", name=catalog.title(label), line=line(style(label), 2.5),
            hovertemplate="%{y:.1f} % within %{x:.3f} ms<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    return chart.update_xaxes(range=[min((ms.min() for _, ms in groups), default=0), clip(batches)])


def clip(batches: pd.DataFrame) -> float:
    """The end of the axis in ms: the highest CLIP-th percentile of any label; 1 without batches."""
    tops = batches.groupby("label")["ms"].quantile(CLIP / 100)
    return float(tops.max()) if len(tops) else 1.0


def beyond(batches: pd.DataFrame) -> int:
    """The number of batches beyond the end of the distribution's axis."""
    return int((batches["ms"] > clip(batches)).sum())


def timing(runs: Sequence[LiveRun]) -> go.Figure:
    """Time of every batch of the given runs, warm-up and batches after a pause included.

    The medians are drawn thick on top.
    """
    chart = figure("Time of each batch", "Batch", "Time of a batch (ms)", height=420)
    share = POINTS // max(len(runs), 1) - MEDIAN_BINS
    for live in runs:
        number, ms = analysis.timing(live)
        name = f"{catalog.title(live.run.label)}, round {live.run.round}"
        look = style(live.run.label)
        x, y = resample(number, ms, share)
        chart.add_scatter(
            x=_short(x), y=_short(y), mode="lines", legendgroup=str(live.run.id), showlegend=False, opacity=0.4,
            line={"color": look.color, "width": 0.8}, hoverinfo="skip",
        )  # fmt: skip
        x, y = medians(number, ms, MEDIAN_BINS)
        chart.add_scatter(
            x=_short(x), y=_short(y), mode="lines", legendgroup=str(live.run.id), name=name, line=line(look, 2.5),
            hovertemplate="batch %{x:,.0f}: %{y:.3f} ms<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    return chart.update_yaxes(range=[0, analysis.usual_top(runs)])


def _short(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=np.float32)
