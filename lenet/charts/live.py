"""Build the live charts' data, sent once a second: decimated traces, small for a run of any length.

A payload is plain JSON: {"traces": [...], "layout": {...}, "revision": ...}; x and y of a trace are
float32 in base64, which the component in `pages/parts/live_chart.js` decodes.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lenet import catalog
from lenet.analysis import live as analysis
from lenet.charts.colors import style
from lenet.charts.decimate import Array, Window, medians, resample
from lenet.settings import Settings

if TYPE_CHECKING:
    from lenet.bench.live import LiveRun

POINTS = 6000
"""The points of a chart: 64 kB as base64 float32, so two charts stay well under 200 kB a tick."""
MEDIAN_BINS = 100
MARGIN = {"l": 60, "r": 12, "t": 44, "b": 48}

Payload = dict[str, Any]


def timing(runs: Sequence[LiveRun], window: Window | None = None) -> Payload:
    """Time of every batch by its number, thin; on top, thick, the medians over stretches."""
    share = _share(runs) - MEDIAN_BINS
    series = [(live.run.label, *analysis.timing(live)) for live in runs]
    thin = [_trace(label, *resample(x, y, share, window), width=0.8, opacity=0.45) for label, x, y in series]
    thick = [_trace(label, *medians(x, y, MEDIAN_BINS), width=2.5, legend=True) for label, x, y in series]
    top = analysis.usual_top(runs)
    axes = {
        "xaxis": {"title": {"text": "Batch"}, "rangemode": "tozero", "ticklabelstandoff": 6},
        "yaxis": {"title": {"text": "Time of a batch (ms)"}, "range": [0, top]},
    }
    return _payload("Time of each batch", thin + thick, axes)


def loss(runs: Sequence[LiveRun], settings: Settings, window: Window | None = None) -> Payload:
    """Loss by seconds of training, on a logarithmic axis: who learns more in the same time?"""
    series = [(live.run.label, *analysis.loss_curve(live, settings)) for live in runs]
    share = _share(runs) - MEDIAN_BINS
    thin = [_trace(label, *resample(x, y, share, window), width=0.8, opacity=0.35) for label, x, y in series]
    thick = [_trace(label, *medians(x, y, MEDIAN_BINS), width=2.5, legend=True) for label, x, y in series]
    axes = {
        "xaxis": {"title": {"text": "Training time (s)"}, "rangemode": "tozero", "ticklabelstandoff": 6},
        "yaxis": {"title": {"text": "Training loss"}, "type": "log", "dtick": 1},
    }
    return _payload("Loss against training time", thin + thick, axes)


def _share(runs: Sequence[LiveRun]) -> int:
    return POINTS // max(len(runs), 1)


def _trace(label: str, x: Array, y: Array, *, width: float, opacity: float = 1.0, legend: bool = False) -> Payload:
    look = style(label)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": catalog.title(label),
        "legendgroup": label,
        "showlegend": legend,
        "hoverinfo": "x+y+name" if legend else "skip",
        "opacity": opacity,
        "line": {"color": look.color, "width": width, "dash": look.dash if legend else "solid"},
        "x": encode(x),
        "y": encode(y),
    }


def encode(values: Array) -> str:
    """The values as float32, little endian, in base64. Whole numbers up to 16,777,216 are exact."""
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode("ascii")


def _payload(title: str, traces: list[Payload], axes: Payload) -> Payload:
    layout = {
        "title": {"text": title, "x": 0, "xref": "container", "pad": {"l": 8}},
        "margin": MARGIN,
        "legend": {"orientation": "h", "x": 0, "y": -0.25, "yanchor": "top", "font": {"size": 12}},
        "hovermode": "closest",
        **axes,
    }
    return {"traces": traces, "layout": layout}
