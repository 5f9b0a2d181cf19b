"""Give each variant one colour on every page, in both themes.

The ten hues have a contrast of at least 3:1 against the light and the dark background, so a figure
need not know the theme it is drawn in. The catalogue gives each variant a hue, and a mark that
tells it apart from other variants of that hue: a dash for its lines, a symbol for its dots. Copies
of a variant that races itself are lighter and have the next mark.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from lenet import catalog
from lenet.catalog import Entry

HUES = {
    "brown": "#A8714A",
    "blue": "#3B82D6",
    "teal": "#159C8C",
    "violet": "#9A6BDB",
    "vermilion": "#E5532D",
    "ochre": "#B98306",
    "pink": "#D6498F",
    "green": "#4F9E2F",
    "cyan": "#1298BD",
    "slate": "#7B8694",
}
PALETTE = tuple(HUES.values())
REFERENCE = "#8A8F98"
"""For everything but variants, such as the line of no difference; readable on both backgrounds."""
MARKS = (("solid", "circle"), ("dash", "square"), ("dot", "diamond"), ("dashdot", "triangle-up"))
"""Dash and symbol, by Plotly's names, in the order of a variant's `mark`."""
UNKNOWN = ("ochre", 2)
"""Hue and mark where the catalogue gives none: of rungs, and of variants that were removed."""
_LIGHTER = 0.35


@dataclass(frozen=True)
class Style:
    """The look of a label: color as #RRGGBB, dash (of lines) and symbol (of dots) as in Plotly."""

    color: str
    dash: str
    symbol: str


def style(label: str) -> Style:
    """The look of a run's label (`keras_fit`, `keras_fit~2`, `keras_fit@tf216`) in every race.

    An entry in another stack or with settings of its own has its variant's hue, and another shade
    and mark, which stack and settings determine.
    """
    entry = Entry.parse(label)
    hue, mark = _given(entry.name)
    copy = entry.copy - 1 + _shift(entry)
    return Style(lighter(HUES[hue], _LIGHTER * min(copy, 2)), *MARKS[(copy + mark) % len(MARKS)])


def _shift(entry: Entry) -> int:
    """By how many copies the look of an entry is shifted; 0 for the variant as in the catalogue."""
    text = "" if entry.stack == "main" else entry.stack
    text += "".join(name + value for name, value in entry.own)
    return 1 + zlib.crc32(text.encode()) % 2 if text else 0


def _given(name: str) -> tuple[str, int]:
    """Hue and mark of a variant."""
    known = catalog.VARIANTS.get(name)
    return (known.color, known.mark) if known and known.color else UNKNOWN


def lighter(color: str, share: float) -> str:
    """A colour #RRGGBB mixed with so large a share of white."""
    channels = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(c + (255 - c) * share):02X}" for c in channels)
