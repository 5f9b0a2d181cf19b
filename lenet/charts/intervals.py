"""Draw ratios with their intervals on number lines, one below the other: as SVG, which needs no browser to be
made and no script to be shown, and with signs, where no picture can be shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from lenet.analysis import decision, ratio_words
from lenet.analysis.across.compare import NOT_SLOWER, SLOWER, UNSURE
from lenet.charts.colors import HUES

COLORS = {SLOWER: HUES["vermilion"], NOT_SLOWER: HUES["green"], UNSURE: HUES["ochre"]}
SMALLEST, FAR, ROOM = 1.02, 6.0, 1.12
"""How far the lines reach to either side: at least to 1.02, at most to six times the farthest line to decide
and no further than the intervals need, with some room."""

WIDTH, NAMES, FIGURES, ROW, HEAD, FOOT, EDGE = 860, 250, 190, 34, 34, 12, 16
SIGN = 7.4
"""Pixels of a sign of a name."""
STYLE = """
.page { fill: #ffffff; stroke: #d0d7de } .ink { fill: #1f2328 } .dim { fill: #59636e } .cut { stroke: #59636e }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117; stroke: #30363d } .ink { fill: #f0f6fc } .dim { fill: #9198a1 } .cut { stroke: #9198a1 }
}
text { font: 13px system-ui, sans-serif } .ink, .dim { stroke: none }
"""
"""It has a ground of its own: a picture in a page does not know that page's colours."""

SIGNS, LONGEST_NAME = 49, 28
"""Of a line that is drawn with signs, and of a name before it."""


@dataclass(frozen=True)
class Line:
    """A ratio: its ends are NaN where it has no interval. One of the outcomes of `compare` gives it its colour."""

    name: str
    ratio: float
    low: float
    high: float
    outcome: str
    words: str
    """What is made of it."""

    @property
    def said(self) -> str:
        """The ratio with its interval and what is made of it: '1.05 [1.04, 1.06], slower by more than 3 %'."""
        return f"{ratio_words.text(self.ratio, self.low, self.high)}, {self.words}"


def reach(rows: Sequence[Line], cuts: Sequence[float]) -> float:
    """The ratio at the right end of the lines; its inverse is at the left one. 1 is in the middle."""
    ends = [abs(math.log(end)) for row in rows for end in (row.ratio, row.low, row.high) if end > 0]
    farthest = max([abs(math.log(cut)) for cut in cuts] + [math.log(SMALLEST)])
    return math.exp(ROOM * max(farthest, min(max(ends, default=0.0), FAR * farthest)))


def _placed(end: float, cells: float) -> Callable[[float], float]:
    """How far from the left end of a line of so many cells a ratio lies; one beyond it lies at its end."""
    width = math.log(end)
    return lambda ratio: cells * min(max(math.log(ratio) / width, -1.0), 1.0) / 2 + cells / 2


def _cut_name(cut: float) -> str:
    return "equal" if cut == 1 else f"{'+' if cut > 1 else '-'}{decision.apart(cut)}"


# SVG


def svg(rows: Sequence[Line], cuts: Sequence[float], title: str) -> str:
    """The picture, whole. cuts: the ratios of the lines to decide."""
    place = _placed(reach(rows, cuts), WIDTH - NAMES - FIGURES - 2 * EDGE)
    left, height = NAMES + EDGE, HEAD + ROW * len(rows) + FOOT
    parts = [_cut(left + place(cut), height, cut) for cut in cuts]
    parts += [_row(row, left, HEAD + ROW * number + ROW / 2, place) for number, row in enumerate(rows)]
    said = "; ".join(f"{row.name}: {row.said}" for row in rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img"><title>{escape(title)}</title><desc>{escape(said)}</desc><style>{STYLE}</style>'
        f'<rect class="page" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6"/>{"".join(parts)}</svg>'
    )


def _cut(x: float, height: int, cut: float) -> str:
    """A line to decide; its name grows away from the one in the middle."""
    dash = "" if cut == 1 else ' stroke-dasharray="4 4"'
    anchor, aside = ("middle", 0) if cut == 1 else ("start", -8) if cut > 1 else ("end", 8)
    return (
        f'<line class="cut" x1="{x:.1f}" x2="{x:.1f}" y1="{HEAD - 8}" y2="{height - FOOT}"{dash}/>'
        f'<text class="dim" x="{x + aside:.1f}" y="{HEAD - 14}" text-anchor="{anchor}">{escape(_cut_name(cut))}</text>'
    )


def _row(row: Line, left: float, y: float, place: Callable[[float], float]) -> str:
    color = COLORS[row.outcome]
    name = _shortened(row.name, int((NAMES - EDGE) / SIGN))
    parts = [f'<text class="ink" x="{EDGE}" y="{y + 4:.1f}">{escape(name)}</text>']
    if not math.isnan(row.low):
        low, high = (left + place(end) for end in (row.low, row.high))
        parts.append(
            f'<rect x="{low:.1f}" y="{y - 5:.1f}" width="{max(high - low, 2):.1f}" height="10" rx="3" '
            f'fill="{color}" fill-opacity="0.45" stroke="{color}"/>'
        )
    if row.ratio > 0:
        parts.append(f'<circle cx="{left + place(row.ratio):.1f}" cy="{y:.1f}" r="6" fill="{color}"/>')
    figures = ratio_words.text(row.ratio, row.low, row.high)
    parts.append(f'<text class="ink" x="{WIDTH - FIGURES + EDGE}" y="{y + 4:.1f}">{escape(figures)}</text>')
    return "".join(parts)


def _shortened(name: str, longest: int) -> str:
    return name if len(name) <= longest else f"{name[: longest - 3]}..."


# Signs


def signs(rows: Sequence[Line], cuts: Sequence[float]) -> str:
    """The same lines with signs of ASCII, for a font of one width: o for the ratio, [---] for its interval."""
    place = _placed(reach(rows, cuts), SIGNS - 1)
    names = [_shortened(row.name, LONGEST_NAME) for row in rows]
    indent = max(map(len, names), default=0)
    marks = {round(place(cut)): ":" for cut in cuts} | {round(place(1.0)): "|"}
    lines = [f"{'':{indent}}  {_headed(cuts, place)}"]
    for name, row in zip(names, rows, strict=True):
        lines.append(f"{name:{indent}}  {_drawn(row, marks, place)}  {row.said}")
    return "\n".join(map(str.rstrip, lines))


def _headed(cuts: Sequence[float], place: Callable[[float], float]) -> str:
    """The names of the lines above their places, as far as there is room beside the limit's."""
    text = [" "] * (SIGNS + LONGEST_NAME)
    for cut in sorted(cuts, reverse=True):
        name = _cut_name(cut)
        start = max(round(place(cut)) - len(name) // 2, 0)
        if not "".join(text[max(start - 1, 0) : start + len(name) + 1]).strip():
            text[start : start + len(name)] = name
    return "".join(text).rstrip()


def _drawn(row: Line, marks: dict[int, str], place: Callable[[float], float]) -> str:
    cells = [marks.get(cell, " ") for cell in range(SIGNS)]
    if not math.isnan(row.low):
        low, high = round(place(row.low)), round(place(row.high))
        cells[low : high + 1] = "-" * (high - low + 1)
        cells[low], cells[high] = "[", "]"
    if row.ratio > 0:
        cells[round(place(row.ratio))] = "o"
    return "".join(cells)
