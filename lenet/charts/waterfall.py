"""Draw a ladder as a waterfall from the slow to the fast program, in us per batch."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import accumulate
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lenet import catalog
from lenet.analysis.intervals import Interval
from lenet.analysis.why.ladder import Bar, Climb
from lenet.analysis.words import micro, plain
from lenet.charts.colors import HUES, REFERENCE, lighter, style
from lenet.charts.figure import figure, filled

ROW = 40
"""The height of one row, in pixels."""
SAVES, COSTS, INTERACTION = HUES["teal"], HUES["pink"], HUES["slate"]
NO_EFFECT = "no measurable effect"
GAP = "\u2002"
TITLE_WIDTH = 18
"""Letters on a line of a row's title: titles must leave room for the bars on a phone."""
ROOM = 0.4
"""The space right of the longest bar for labels, as a share of the space left of its end."""
THICK = 0.7
"""A bar's share of its row; Plotly would take it from the nearest two bars' distance."""
GAP_HEIGHT = 130
"""The height of the bar of the gap alone, with its axis."""
PALEST = 0.6
"""The share of white in the last part of the gap; the first has none."""
ON_BARS = "#14181D"
"""The text on the parts of the gap: dark in both themes, because the parts are pale in both."""
FROM_ZERO = 0.25
"""The least share of the slow program's time that a gap has on an axis from 0: less is a sliver."""


def waterfall(climb: Climb, outlined: int | None = None) -> go.Figure:
    """The two programs as whole bars, and floating bars between, each from the end of the last.

    The marks of a change carry its place in `climb.bars` (from 0) as customdata, a program's -1.
    outlined: the place of a bar to draw a frame around.
    """
    chart = figure(
        f"From {catalog.title(climb.ladder.start)} to {catalog.title(climb.ladder.end)}", _axis(climb), "",
        height=190 + ROW * (len(climb.bars) + 2), showlegend=True, barmode="overlay",
    )  # fmt: skip
    if climb.bars:
        starts = list(accumulate((-bar.effect.estimate for bar in climb.bars), initial=climb.slow.estimate))
        _programs(chart, climb)
        _floating(chart, climb.bars, starts)
        _ends(chart, climb.bars, starts, _range(climb))
        _legend(chart, climb.bars)
        if outlined is not None:
            _outline(chart, outlined + 1)
        # A click chooses a bar and dims nothing: what is not chosen can still be read.
        chart.update_traces(selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}})
        chart.update_xaxes(range=_range(climb))
    return chart.update_yaxes(
        tickvals=list(range(len(climb.bars) + 2)), ticktext=_names(climb), range=[len(climb.bars) + 1.6, -0.6],
        showgrid=False, zeroline=False,
    )  # fmt: skip


def gap(climb: Climb, height: int = GAP_HEIGHT) -> go.Figure:
    """The gap alone, from 0: one bar, whose parts are the measurable changes and the rest."""
    chart = figure("", "µs of the gap, per batch", "", height=height, barmode="relative")
    seen = [bar for bar in climb.bars if bar.measurable]
    for place, bar in enumerate(seen):
        fill = {"color": lighter(_color(bar), PALEST * place / max(len(seen) - 1, 1))}
        _part(chart, _title(bar), bar.effect.estimate, {**fill, **_hatched(bar)}, _said(bar))
    rest = climb.gap.estimate - sum(bar.effect.estimate for bar in seen)
    _part(chart, NO_EFFECT, rest, {"color": lighter(REFERENCE, PALEST)}, f"{NO_EFFECT}: {plain(rest)} µs together")
    return chart.update_yaxes(visible=False, fixedrange=True).update_layout(
        margin={"t": 8}, showlegend=False, bargap=0.1, uniformtext={"minsize": 11, "mode": "hide"}
    )


def _part(chart: go.Figure, name: str, worth: float, marker: dict[str, Any], said: str) -> None:
    chart.add_bar(
        x=[worth], y=[""], orientation="h", name=name, marker={**marker, "line": {"width": 1, "color": "white"}},
        text=[name], textposition="inside", insidetextanchor="middle", textangle=0,
        textfont={"color": ON_BARS}, hovertext=[said], hoverinfo="text",
    )  # fmt: skip


def _hatched(bar: Bar) -> dict[str, Any]:
    return {"pattern": {"shape": "/"}} if bar.kind == "interaction" else {}


def _names(climb: Climb) -> list[str]:
    titles = (catalog.title(climb.ladder.start), *map(_title, climb.bars), catalog.title(climb.ladder.end))
    return [_folded(title) for title in titles]


def _title(bar: Bar) -> str:
    """The bar's title with HTML escaped: Plotly interprets some HTML."""
    return escape(bar.title, quote=False)


def _folded(title: str) -> str:
    """The title, a long one on two lines: a third would run into the next row's title."""
    width, lines = max(TITLE_WIDTH, len(title) // 2 + 4), [""]
    for word in title.split():
        lines = [*lines[:-1], f"{lines[-1]} {word}".strip()] if len(lines[-1]) + len(word) < width else [*lines, word]
    return "<br>".join(lines)


def _axis(climb: Climb) -> str:
    start = _range(climb)[0]
    return "µs per batch, 95 % intervals" + ("<br>(the axis does not begin at 0)" if start > 0 else "")


def _range(climb: Climb) -> list[float]:
    """The ends of the axis: from 0, unless the gap would be a sliver on it."""
    steps = list(accumulate((-bar.effect.estimate for bar in climb.bars), initial=climb.slow.estimate))
    low, high = min(steps), max(steps)
    start = 0.0 if high - low > FROM_ZERO * high else max(low - (high - low), 0.0)
    bars = zip(steps[1:], (bar.effect for bar in climb.bars), strict=True)
    end = max(_top(middle, one) for middle, one in [(high, climb.slow), (climb.fast.estimate, climb.fast), *bars])
    return [start, end + ROOM * (end - start)]


def _programs(chart: go.Figure, climb: Climb) -> None:
    times, rows = (climb.slow, climb.fast), [0, len(climb.bars) + 1]
    names = (climb.ladder.start, climb.ladder.end)
    chart.add_bar(
        x=[each.estimate for each in times], y=rows, orientation="h", width=THICK, customdata=[-1, -1],
        marker=filled([style(name) for name in names]), error_x=_reach(times),
        hovertext=[micro(each) for each in times], hoverinfo="text",
    )  # fmt: skip
    labels = [f"{plain(each.estimate)} µs" for each in times]
    _text(chart, [_top(each.estimate, each) for each in times], rows, labels)


def _floating(chart: go.Figure, bars: Sequence[Bar], starts: Sequence[float]) -> None:
    """The measurable changes, as bars."""
    seen = [place for place, bar in enumerate(bars) if bar.measurable]
    chart.add_bar(
        x=[-bars[place].effect.estimate for place in seen],
        base=[starts[place] for place in seen],
        y=[place + 1 for place in seen],
        orientation="h",
        width=THICK,
        customdata=seen,
        marker={
            "color": [_color(bars[place]) for place in seen],
            "pattern": {"shape": ["/" if bars[place].kind == "interaction" else "" for place in seen]},
        },
        hovertext=[_said(bars[place]) for place in seen],
        hoverinfo="text",
    )


def _legend(chart: go.Figure, bars: Sequence[Bar]) -> None:
    """The meaning of the colours that are there, as marks without a place."""
    names = {SAVES: "saves time", COSTS: "costs time", INTERACTION: "depends on the order"}
    chart.update_traces(showlegend=False)
    for color in dict.fromkeys(_color(bar) for bar in bars if bar.measurable):
        mark = {"color": color, "symbol": "square", "size": 12}
        chart.add_scatter(x=[None], y=[None], mode="markers", name=names[color], marker=mark, showlegend=True)


def _outline(chart: go.Figure, row: int) -> None:
    edge = {"color": REFERENCE, "width": 2}
    chart.add_shape(
        type="rect", xref="paper", x0=0, x1=1, y0=row - 0.47, y1=row + 0.47, line=edge, fillcolor="rgba(0,0,0,0)"
    )


def _ends(chart: go.Figure, bars: Sequence[Bar], starts: Sequence[float], shown: Sequence[float]) -> None:
    """The end of each bar, its interval and its figure; changes without an effect show no bar."""
    rows = list(range(1, len(bars) + 1))
    for place, bar in enumerate(bars):
        chart.add_scatter(
            x=[starts[place + 1]], y=[rows[place]], mode="markers", customdata=[place],
            marker={"symbol": "line-ns", "size": 16, "line": {"width": 2, "color": REFERENCE}},
            error_x=_reach([bar.effect]), hovertext=[_said(bar)], hoverinfo="text",
        )  # fmt: skip
    # Without a bar the words stand on the side with more room: on a phone only one side has enough.
    left = [not bar.measurable and starts[place + 1] > sum(shown) / 2 for place, bar in enumerate(bars)]
    tops = [max(starts[place], _top(starts[place + 1], bar.effect)) for place, bar in enumerate(bars)]
    bottoms = [2 * starts[place + 1] - _top(starts[place + 1], bar.effect) for place, bar in enumerate(bars)]
    _text(chart, np.where(left, bottoms, tops).tolist(), rows, [_label(bar) for bar in bars], left)


def _text(chart: go.Figure, x: list[float], y: list[int], labels: list[str], left: Sequence[bool] = ()) -> None:
    """Labels beside points: left of a point where `left` says so, else right of it."""
    sides = list(left) or [False] * len(labels)
    chart.add_scatter(
        x=x, y=y, mode="text", hoverinfo="skip", cliponaxis=False,
        text=[_apart(label, side) for label, side in zip(labels, sides, strict=True)],
        textposition=["middle left" if side else "middle right" for side in sides],
    )  # fmt: skip


def _apart(label: str, left: bool) -> str:
    """The label with a gap between each of its lines and the point."""
    return "<br>".join(f"{line}{GAP}" if left else f"{GAP}{line}" for line in label.split("<br>"))


def _top(middle: float, interval: Interval) -> float:
    return middle + float(np.nan_to_num(interval.high - interval.estimate))


def _label(bar: Bar) -> str:
    if not bar.measurable:
        return NO_EFFECT.replace(" effect", "<br>effect")
    sign = "−" if bar.effect.estimate > 0 else "+"
    size = abs(bar.effect.estimate)
    return f"{sign}{plain(size, 0 if size >= 10 else 1)} µs"


def _said(bar: Bar) -> str:
    return f"{_title(bar)}: {micro(bar.effect)}" + ("" if bar.measurable else f", {NO_EFFECT}")


def _color(bar: Bar) -> str:
    if bar.kind == "interaction":
        return INTERACTION
    return SAVES if bar.effect.estimate > 0 else COSTS


def _reach(intervals: Sequence[Interval]) -> dict[str, Any]:
    """Error bars, none where an end is not known; these intervals are symmetric."""
    array = [float(np.nan_to_num(each.high - each.estimate)) for each in intervals]
    return {"array": array, "thickness": 2, "width": 5, "color": REFERENCE}
