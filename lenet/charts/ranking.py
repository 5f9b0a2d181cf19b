"""Draw a ranking as HTML: a row per label, its ratio with its interval on a logarithmic axis.

It is text a browser lays out, not a picture, so that it reads on a phone and to a screen reader. A
page makes its rows clickable; a document shows it as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from lenet import catalog
from lenet.analysis import ranking, ratio_words
from lenet.analysis.ranking import Place
from lenet.analysis.words import apart, milliseconds
from lenet.charts.colors import style

EDGE = 0.04
"""The room beyond the outermost figures, as a share of the axis."""
TICKS = (
    1, 2, 0.5, 10, 0.1, 100, 0.01, 5, 0.2, 20, 0.05, 50, 3, 1.5, 0.7, 1.25, 0.8, 1.1, 0.9, 1.05, 0.95, 1.02, 0.98, 1.01,
    0.99, 1.005, 0.995,
)  # fmt: skip
"""The ratios that an axis may name, those first that it names where there is little room."""
APART = 9.0
"""The least distance of two names on the axis, in percent of it."""
SHAPES = {"circle": "50%", "square": "1px"}
"""Rounding of a mark's corners by Plotly's name of its symbol; others are squares on a corner."""
CSS = """
.ranking {font-variant-numeric: tabular-nums; line-height: 1.3;}
.ranking .row {display: grid; grid-template-columns: minmax(9rem, 1.2fr) 5.5rem minmax(8rem, 4fr) 11rem 8rem 7rem;
  column-gap: 0.9rem; align-items: center; padding: 0.35rem 0.5rem; border-radius: 6px;}
.ranking .head {font-weight: 600; font-size: 0.85rem;}
.ranking .number {text-align: right; white-space: nowrap;}
.ranking .name {font-weight: 600; overflow-wrap: anywhere;}
.ranking .mark {display: inline-block; width: 0.7rem; height: 0.7rem; margin-right: 0.5rem;}
.ranking .axis {position: relative; height: 1.9rem;}
.ranking .axis > * {position: absolute; top: 50%; transform: translate(-50%, -50%);}
.ranking .axis .one {height: 100%; border-left: 1px dashed currentColor; opacity: 0.6;}
.ranking .axis .reach {height: 0.4rem; border-radius: 3px; transform: translateY(-50%); opacity: 0.5; min-width: 2px;}
.ranking .axis .dot {width: 0.8rem; height: 0.8rem; margin: 0;}
.ranking .axis .tick {font-size: 0.8rem; font-weight: 400;}
.ranking .ends {font-size: 0.85rem; white-space: nowrap;}
@media (max-width: 760px) {
  .ranking .row {grid-template: "name name ratio" "time more go" "axis axis axis" / minmax(0, 1fr) minmax(0, 1fr) auto;
    row-gap: 0.1rem;}
  .ranking .head > :not(.axis) {display: none;}
  .ranking .name {grid-area: name;}
  .ranking .ratio {grid-area: ratio;}
  .ranking .time {grid-area: time; text-align: left;}
  .ranking .time::after {content: " ms";}
  .ranking .more {grid-area: more; text-align: left;}
  .ranking .axis {grid-area: axis;}
  .ranking .go {grid-area: go;}
}
"""


def html(ranked: Sequence[Place], baseline: str) -> str:
    """The ranking as HTML; all text in it is escaped."""
    axis = _Axis(*ranking.span(ranked))
    rows = "".join(_row(place, axis) for place in ranked)
    return f'<div class="ranking" role="table" aria-label="{_said(baseline)}">{_head(axis)}{rows}</div>'


def _said(baseline: str) -> str:
    return escape(f"How many times as long a batch takes as with {catalog.title(baseline)}", quote=True)


class _Axis:
    """A logarithmic axis from `low` to `high`, with room at both ends."""

    def __init__(self, low: float, high: float) -> None:
        room = EDGE * max(math.log(high / low), 0.05)
        self.start, self.end = math.log(low) - room, math.log(high) + room

    def at(self, ratio: float) -> float:
        """The place of a ratio, in percent of the axis."""
        return 100 * (math.log(ratio) - self.start) / (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round ratios on the axis, 1 among them, so far apart that their names do not touch."""
        chosen: list[float] = []
        for tick in TICKS:
            if self.start <= math.log(tick) <= self.end and all(
                abs(self.at(tick) - self.at(o)) > APART for o in chosen
            ):
                chosen.append(tick)
        return sorted(chosen)


def _head(axis: _Axis) -> str:
    ticks = "".join(f'<span class="tick" style="left:{axis.at(tick):.2f}%">{tick:g}×</span>' for tick in axis.ticks())
    cells = (
        ("name", "Variant"), ("number", "Batch (ms)"), ("axis", ticks), ("number", "Ratio [95 %]"),
        ("number more", "Difference"),
    )  # fmt: skip
    return f'<div class="row head" role="row">{_cells(cells, "columnheader")}<span></span></div>'


def _row(place: Place, axis: _Axis) -> str:
    look = style(place.label)
    mark = f'<span class="mark" style="{_shape(look.color, look.symbol)}"></span>'
    cells = (
        ("name", mark + escape(catalog.title(place.label))),
        ("number time", milliseconds(place.batch_ms)),
        ("axis", _drawn(place, axis, look.color, look.symbol)),
        ("number ratio", _figures(place)),
        ("number more", difference(place)),
    )
    name = escape(place.label, quote=True)
    return (
        f'<div class="row" role="row" data-label="{name}" data-outcome="{place.outcome}">{_cells(cells, "cell")}'
        '<span class="go" role="cell"></span></div>'
    )


def _cells(cells: Sequence[tuple[str, str]], role: str) -> str:
    return "".join(f'<span class="{kind}" role="{role}">{inside}</span>' for kind, inside in cells)


def _shape(color: str, symbol: str) -> str:
    turned = "" if symbol in SHAPES else "rotate:45deg;scale:0.85;"
    return f"background:{color};border-radius:{SHAPES.get(symbol, '1px')};{turned}"


def _drawn(place: Place, axis: _Axis, color: str, symbol: str) -> str:
    drawn = f'<span class="one" style="left:{axis.at(1):.2f}%"></span>'
    if math.isnan(place.ratio):
        return drawn
    if not math.isnan(place.low):
        left, right = axis.at(place.low), axis.at(place.high)
        drawn += f'<span class="reach" style="left:{left:.2f}%;width:{right - left:.2f}%;background:{color}"></span>'
    at = f"left:{axis.at(place.ratio):.2f}%"
    return f'{drawn}<span class="dot" style="{at};{_shape(color, symbol)}"></span>'


def _figures(place: Place) -> str:
    """The ratio, and smaller its interval."""
    middle, bracket, ends = ratio(place).partition(" [")
    return f"<b>{middle}</b>" + (f' <span class="ends">{bracket.strip()}{ends}</span>' if ends else "")


def ratio(place: Place) -> str:
    """'1.24 [1.19, 1.28]', '1.00' of the baseline, a dash for what was not compared."""
    baseline = place.outcome == ranking.BASELINE
    return "1.00" if baseline else ratio_words.text(place.ratio, place.low, place.high)


def difference(place: Place) -> str:
    """'1.44 ms slower', or the outcome alone."""
    decided = place.outcome in (ranking.SLOWER, ranking.FASTER)
    return f"{apart(place.batch_ms, place.base_ms)} ms {place.outcome}" if decided else place.outcome
