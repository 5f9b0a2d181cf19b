"""Build the live charts' data, sent once a second: decimated traces, small for a run of any length.

A payload is plain JSON: {"traces": [...], "layout": {...}}; x and y of a trace are float32 in base64,
which the component in `pages/parts/live_view.js` decodes. Axes are those of the whole race
(`analysis.live_axes`), and the last round stays, pale.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lenet import catalog
from lenet.analysis.growing.stretches import MOST as MEDIANS
from lenet.analysis.live_axes import Axes
from lenet.charts.colors import style
from lenet.charts.decimate import Array

if TYPE_CHECKING:
    from lenet.analysis.growing.run import Curve, GrowingRun

POINTS = 6000
"""The points of a chart: 64 kB as base64 float32."""
FEWEST = 100
"""The points of one of its lines, however many there are."""
MARGIN = {"l": 60, "r": 12, "t": 44, "b": 60}
PALE = 0.4
_X_AXIS = {"ticklabelstandoff": 6}

Payload = dict[str, Any]
Series = tuple[str, Array, Array]
Line = tuple[str, "Curve"]


def bins(lines: int) -> int:
    """The bins of the outline of each of so many lines: each has two points, a lowest and a highest."""
    return max(POINTS // max(lines, 1) - 2 * MEDIANS, FEWEST) // 2


def timing(runs: Sequence[GrowingRun], last: Sequence[GrowingRun], axes: Axes) -> Payload:
    """Time of every batch by its number, thin; on top, thick, the medians over stretches.

    last: the runs of the round before, whose medians stay.
    """
    layout = {
        "xaxis": {**_X_AXIS, "title": {"text": "Batch", "standoff": 8}, "range": [0, axes.batches]},
        "yaxis": {"title": {"text": "Time of a batch (ms)"}, "range": [0, axes.ms]},
    }
    now, before = ([(run.run.label, run.timing) for run in those] for those in (runs, last))
    return _payload("Time of each batch", now, before, layout)


def loss(runs: Sequence[GrowingRun], last: Sequence[GrowingRun], axes: Axes) -> Payload:
    """Loss by seconds of training, on a logarithmic axis: who learns more in the same time?

    last: the runs of the round before, whose medians stay.
    """
    layout = {
        "xaxis": {**_X_AXIS, "title": {"text": "Training time (s)", "standoff": 8}, "range": [0, axes.seconds]},
        "yaxis": {
            "title": {"text": "Training loss"}, "type": "log", "dtick": 1,
            "range": [math.log10(axes.loss_low), math.log10(axes.loss_high)],
        },
    }  # fmt: skip
    now, before = ([(run.run.label, run.loss) for run in those] for those in (runs, last))
    return _payload("Loss against training time", now, before, layout)


def _payload(title: str, now: Sequence[Line], last: Sequence[Line], axes: Payload) -> Payload:
    thin = [_trace(label, *curve.outline.points(), width=0.8, opacity=0.45) for label, curve in now]
    middle = [(label, *curve.medians.points()) for label, curve in now]
    thick = [_trace(label, x, y, width=2.5, legend=True) for label, x, y in middle]
    pale = [_trace(label, *curve.medians.points(), width=1.5, opacity=PALE) for label, curve in last]
    layout = {
        "title": {"text": title, "x": 0, "xref": "container", "y": 1, "yanchor": "top", "pad": {"l": 8, "t": 8}},
        "margin": MARGIN,
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "hovermode": "closest",
        "annotations": list(_labels(middle, axes["yaxis"])),
        **axes,
    }
    return {"traces": thin + pale + thick, "layout": layout}


def _labels(series: Sequence[Series], axis: Payload) -> Iterator[Payload]:
    """The name of each line, as high as its end; the component moves those apart that would meet."""
    for label, x, y in series:
        if len(x):
            yield {
                "text": f'<span style="color:{style(label).color}">━</span> <b>{catalog.title(label)}</b>',
                "xref": "paper", "x": 1, "xanchor": "left", "yref": "paper", "y": _height(float(y[-1]), axis),
                "yanchor": "middle", "showarrow": False, "align": "left",
            }  # fmt: skip


def _height(value: float, axis: Payload) -> float:
    """Where a value lies on an axis, from 0 at its bottom to 1 at its top."""
    low, high = axis["range"]
    at = math.log10(value) if axis.get("type") == "log" and value > 0 else value
    return float(np.clip((at - low) / (high - low), 0.0, 1.0))


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
