"""One colour per variant on every page, in both themes.

The ten hues have a contrast of at least 3:1 against the light and the dark background, so a figure
need not know the theme it is drawn in. The catalogue gives each variant a hue, and a mark that
tells it from the others of that hue: a dash for its lines, a symbol for its dots. Copies of a
variant that races itself are lighter and have the next mark.
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
"""For everything but variants: the line of no difference, the original's bars. Readable on both
backgrounds too."""
MARKS = (("solid", "circle"), ("dash", "square"), ("dot", "diamond"), ("dashdot", "triangle-up"))
"""Dash and symbol, as Plotly names them, by a variant's `mark`."""
UNKNOWN = ("ochre", 2)
"""Hue and mark of what the catalogue gives none: rungs, and variants that it no longer has."""
_LIGHTER = 0.35


@dataclass(frozen=True)
class Style:
    """How one label is drawn: color as #RRGGBB, dash (of lines) and symbol (of dots) as Plotly
    names them."""

    color: str
    dash: str
    symbol: str


def style(label: str) -> Style:
    """The look of a run's label (`keras_fit`, `keras_fit~2`, `keras_fit@tf216`), whoever else is in
    the race.

    A variant in another stack or with settings of its own has the variant's hue, and another shade
    and mark, which their names choose.
    """
    entry = Entry.parse(label)
    hue, mark = _given(entry.name)
    copy = entry.copy - 1 + _shift(entry)
    return Style(_lighter(HUES[hue], _LIGHTER * min(copy, 2)), *MARKS[(copy + mark) % len(MARKS)])


def _shift(entry: Entry) -> int:
    """How many copies further on an entry looks that is not the variant as the catalogue has it."""
    told = "" if entry.stack == "main" else entry.stack
    told += "".join(name + value for name, value in entry.own)
    return 1 + zlib.crc32(told.encode()) % 2 if told else 0


def _given(name: str) -> tuple[str, int]:
    """Hue and mark of a variant."""
    known = catalog.VARIANTS.get(name)
    return (known.color, known.mark) if known and known.color else UNKNOWN


def _lighter(color: str, share: float) -> str:
    channels = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(c + (255 - c) * share):02X}" for c in channels)
