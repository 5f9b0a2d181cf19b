"""Draw a ratio on a logarithmic number line: 1, the noise floor, the interval and what it was before, and
what the race calls equal by its twin.

The live page sends it as plain JSON once a second.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from lenet.analysis import decision, ratio_words
from lenet.analysis.intervals import Interval
from lenet.analysis.verdict import Pair
from lenet.charts.colors import REFERENCE, style

HEIGHT = 136
STEPS = (1.02, 1.05, 1.1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 1000)
"""The ends that the line may have, and their inverses: few, so that it stands still while an
interval shrinks."""
TICKS = (
    0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1, 1.01, 1.02, 1.05, 1.1, 1.2, 1.3,
    1.4, 1.5, 1.7, 2, 2.5, 3, 4, 5, 7, 10, 15, 20, 30, 50, 70, 100, 200, 500, 1000,
)  # fmt: skip
GAP, EDGE = 0.09, 0.02
"""How far apart two ticks are at least, and a tick and an end, as a share of the line."""
BAND, PALE, PALEST = 0.75, 0.34, 0.14
TALL, FLOOR_TALL, BOTTOM, TOP = 0.42, 0.9, -0.85, 1.3
TWIN_LOW, TWIN_HIGH = -0.72, -0.54
FAR, FAR_PAST = 5.0, 1.5
"""How many times beyond 1 and the ratio an end may lie to be on the line: one of the interval now,
and one of an earlier interval."""

Payload = dict[str, Any]


def payload(pair: Pair, past: Sequence[Interval] = (), cuts: Sequence[float] = (), twin: Pair | None = None) -> Payload:
    """{"traces": [...], "layout": {...}} for Plotly. past: earlier intervals, oldest first; cuts: the
    ratios of the lines that the race is to decide; twin: the pair of its twin."""
    low, high = ends(pair, past, cuts, twin)
    layout = {
        "title": {"text": ""},
        "height": HEIGHT,
        "margin": {"l": 24, "r": 24, "t": 4, "b": 44},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": {
            "type": "log",
            "range": [math.log10(low), math.log10(high)],
            "fixedrange": True,
            "showgrid": False,
            "ticks": "outside",
            **_ticks(low, high),
        },
        "yaxis": {"range": [BOTTOM, TOP], "visible": False, "fixedrange": True},
        "shapes": [*_shapes(pair, past, low, high), *map(_cut, cuts), *_twin(twin, low, high)],
        "annotations": [
            _word(pair, low, high),
            *(_cut_word(cut) for cut in cuts if low < cut < high and cut != 1),
            *_twin_word(twin, low, high),
        ],
    }
    return {"traces": [_estimate(pair, low, high)], "layout": layout}


def ends(
    pair: Pair, past: Sequence[Interval] = (), cuts: Sequence[float] = (), twin: Pair | None = None
) -> tuple[float, float]:
    """Where the line begins and ends: 1, the ratio, the floor, the intervals, the lines to decide and
    what the twin shows lie between.

    An end of an interval that is far off lies beyond the line: the rest would be a speck on it.
    """
    reach = 0.0 if math.isnan(pair.floor) else pair.floor
    least, most = min(1.0, pair.ratio, 1 / (1 + reach), *cuts), max(1.0, pair.ratio, 1 + reach, *cuts)
    reaches = [(pair.low, pair.high, FAR), *((then.low, then.high, FAR_PAST) for then in past)]
    if twin is not None:
        reaches.append((twin.low, twin.high, FAR))
    for low, high, far in reaches:
        if not math.isnan(low):
            least, most = min(least, max(low, least / far)), max(most, min(high, most * far))
    return 1 / _step(1 / least), _step(most)


def _step(value: float) -> float:
    """The first of STEPS that leaves some room beyond a value of 1 or more."""
    return next((step for step in STEPS if step >= 1 + 1.1 * (value - 1)), STEPS[-1])


def _ticks(low: float, high: float) -> Payload:
    """Ticks that are round and not too close; 1 is always among them."""
    width, chosen = math.log(high / low), [1.0]
    edge = (high / low) ** EDGE
    for tick in sorted(TICKS, key=lambda tick: (len(f"{tick:g}".strip("0.")), abs(math.log(tick)))):
        if low * edge <= tick <= high / edge and all(abs(math.log(tick / other)) >= GAP * width for other in chosen):
            chosen.append(tick)
    chosen.sort()
    return {
        "tickmode": "array",
        "tickvals": chosen,
        "ticktext": [f"{tick:,g}×" if tick != 1 else "<b>1×</b><br>equal" for tick in chosen],
    }


def _shapes(pair: Pair, past: Sequence[Interval], low: float, high: float) -> Iterator[Payload]:
    if not math.isnan(pair.floor):
        yield _box(1 / (1 + pair.floor), 1 + pair.floor, FLOOR_TALL, color=REFERENCE, opacity=0.28)
    color = style(pair.slow).color
    for place, then in enumerate(past):
        share = (place + 1) / len(past)
        yield _box(*_within(then, low, high), TALL, color=color, opacity=PALEST + share * (PALE - PALEST))
    if not math.isnan(pair.low):
        yield _interval(pair, color, low, high)
    yield {
        "type": "line", "x0": 1, "x1": 1, "y0": BOTTOM, "y1": FLOOR_TALL, "layer": "above",
        "line": {"color": REFERENCE, "width": 2, "dash": "dot"},
    }  # fmt: skip


def _twin(twin: Pair | None, low: float, high: float) -> Iterator[Payload]:
    """A thin bar below the ratio's: what one program against itself came out as."""
    if twin is None or math.isnan(twin.low):
        return
    x0, x1 = _within(twin, low, high)
    yield {**_box(x0, x1, TALL, color=REFERENCE, opacity=BAND), "y0": TWIN_LOW, "y1": TWIN_HIGH}


def _twin_word(twin: Pair | None, low: float, high: float) -> Iterator[Payload]:
    """What the thin bar is, beside the end that is farther from the line's."""
    if twin is None or math.isnan(twin.low):
        return
    x0, x1 = _within(twin, low, high)
    right = high / x1 >= x0 / low
    yield {
        "text": "itself", "x": math.log10(x1 if right else x0), "y": (TWIN_LOW + TWIN_HIGH) / 2, "yanchor": "middle",
        "xanchor": "left" if right else "right", "showarrow": False, "font": {"size": 12},
    }  # fmt: skip


def _cut(cut: float) -> Payload:
    """A line to decide; that of 0 % is drawn already."""
    return {
        "type": "line", "x0": cut, "x1": cut, "y0": BOTTOM, "y1": FLOOR_TALL, "layer": "above",
        "line": {"color": REFERENCE, "width": 0 if cut == 1 else 1.5, "dash": "dash"},
    }  # fmt: skip


def _cut_word(cut: float) -> Payload:
    """What a line to decide stands for, at its foot on the side away from 1."""
    return {
        "text": decision.apart(cut), "x": math.log10(cut), "y": BOTTOM, "yanchor": "bottom",
        "xanchor": "left" if cut > 1 else "right", "showarrow": False, "font": {"size": 13},
    }  # fmt: skip


def _interval(pair: Pair, color: str, low: float, high: float) -> Payload:
    """The interval now; only an outline while one round is known, which lacks what processes differ
    by."""
    ends = _within(pair, low, high)
    if pair.rounds > 1:
        return _box(*ends, TALL, color=color, opacity=BAND)
    outline = {"color": color, "width": 3, "dash": "dash"}
    return {**_box(*ends, TALL, color=color, opacity=1.0), "fillcolor": "rgba(0,0,0,0)", "line": outline}


def _box(x0: float, x1: float, tall: float, *, color: str, opacity: float) -> Payload:
    return {
        "type": "rect", "x0": x0, "x1": x1, "y0": -tall, "y1": tall, "layer": "below",
        "fillcolor": color, "opacity": opacity, "line": {"width": 0},
    }  # fmt: skip


def _within(one: Pair | Interval, low: float, high: float) -> tuple[float, float]:
    return max(one.low, low), min(one.high, high)


def _word(pair: Pair, low: float, high: float) -> Payload:
    """The ratio above its dot; it does not leave the line's ends."""
    text = ratio_words.estimate(pair.ratio, pair.low, pair.high)
    so_far = " so far" if pair.rounds == 1 else ""
    place = math.log(pair.ratio / low) / math.log(high / low)
    return {
        "text": f"<b>{text}×</b>{so_far}", "x": math.log10(min(max(pair.ratio, low), high)), "y": 0.55,
        "xanchor": "left" if place < 0.12 else "right" if place > 0.88 else "center", "yanchor": "bottom",
        "showarrow": False, "font": {"size": 22},
    }  # fmt: skip


def _estimate(pair: Pair, low: float, high: float) -> Payload:
    return {
        "type": "scatter", "mode": "markers", "x": [min(max(pair.ratio, low), high)], "y": [0],
        "marker": {"color": style(pair.slow).color, "size": 20, "line": {"color": "#FFFFFF", "width": 3}},
        "hoverinfo": "text", "hovertext": ratio_words.text(pair.ratio, pair.low, pair.high),
    }  # fmt: skip
