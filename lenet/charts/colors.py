"""One colour per variant on every page, in both themes.

The ten colours have a contrast of at least 3:1 against the light and the dark background, so a figure need not know
the theme it is drawn in. Copies of a variant that races itself are lighter and dashed.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from lenet import catalog
from lenet.catalog import Entry

PALETTE = (
    "#A8714A", "#3B82D6", "#159C8C", "#9A6BDB", "#E5532D", "#B98306", "#D6498F", "#4F9E2F", "#1298BD", "#7B8694",
)  # fmt: skip
REFERENCE = "#8A8F98"
"""For what is no variant: the line of no difference, the original's bars. Readable on both backgrounds too."""
_DASHES = ("solid", "dash", "dot", "dashdot")
_LIGHTER = 0.35


@dataclass(frozen=True)
class Style:
    """How the marks of one label are drawn: color as #RRGGBB, dash as Plotly names it."""

    color: str
    dash: str


def style(label: str) -> Style:
    """Colour and dash of a run's label (`keras_fit`, `keras_fit~2`, `keras_fit@tf216`): whoever else is in the race.

    A variant in another stack or with settings of its own has the variant's colour, and another shade and dash, which
    their names choose.
    """
    entry = Entry.parse(label)
    place = _place(entry.name)
    cycle, copy = place // len(PALETTE), entry.copy - 1 + _shift(entry)
    color = PALETTE[place % len(PALETTE)]
    return Style(_lighter(color, _LIGHTER * min(copy, 2)), _DASHES[(copy + cycle) % len(_DASHES)])


def _shift(entry: Entry) -> int:
    """How many copies further on an entry looks that is not the variant as the catalogue has it."""
    told = "" if entry.stack == "main" else entry.stack
    told += "".join(name + value for name, value in entry.own)
    return 1 + zlib.crc32(told.encode()) % 2 if told else 0


def _place(name: str) -> int:
    """Place in the catalogue; a name that is no longer in it (an old experiment) comes after the last."""
    return list(catalog.VARIANTS).index(name) if name in catalog.VARIANTS else len(catalog.VARIANTS)


def _lighter(color: str, share: float) -> str:
    channels = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(c + (255 - c) * share):02X}" for c in channels)
