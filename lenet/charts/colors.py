"""Give each label one look on every page, in both themes.

A family of variants (TensorFlow, Keras, PyTorch ...) has a hue, a second one where it has more
variants than there are marks, and each of its variants a shade of it and a mark: a dash for its
lines, a symbol for its dots, a pattern for its bars. A rung's colour lies between those of the ends
of its ladder, an entry with a batch size of its own is the lighter the larger its batches are. A
label alone decides, so that it looks the same in every race. All colours have a contrast of at
least 3:1 against the light and the dark background, so a figure need not know the theme it is drawn
in.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from lenet import catalog
from lenet.catalog import Entry, own
from lenet.charts.shades import between, contrast, shade

HUES = {
    "blue": "#3B82D6",
    "green": "#4F9E2F",
    "vermilion": "#E5532D",
    "violet": "#9A6BDB",
    "ochre": "#B98306",
    "teal": "#159C8C",
    "pink": "#D6498F",
    "cyan": "#1298BD",
    "brown": "#A8714A",
    "slate": "#7B8694",
}
PALETTE = tuple(HUES.values())
REFERENCE = "#7A8089"
"""For everything but variants, such as the line of no difference; readable on both backgrounds."""
MARKS = (
    ("solid", "circle", ""),
    ("dash", "square", "/"),
    ("dot", "diamond", "x"),
    ("dashdot", "triangle-up", "\\"),
    ("longdash", "cross", "-"),
    ("longdashdot", "star", "+"),
    ("2px,6px", "x", "|"),
    ("12px,3px,3px,3px,3px,3px", "hexagon", "."),
)
"""Dash, symbol and pattern, by Plotly's names, in the order in which a family uses them."""
UNKNOWN = "slate"
"""The hue of what the catalogue does not know, such as variants that were removed."""
INKS = ("#000000", "#FFFFFF")
_SHADES = (0.5, 0.0, 0.99, 0.25, 0.75, 0.125, 0.875, 0.375)
"""The shades of a family's variants, far ones first: most races have few of a family."""
SIZE = "batch_size"
LIGHTEST_SIZE = 8
"""The logarithm to base 2 of the batch size whose shade is the lightest; 1 has the darkest."""
_STEP = 3
"""By how many marks two neighbours of a family differ at one batch size."""
_FAR = 0.55
"""By how much of all shades a copy's differs from its variant's."""
_FORTH, _BACK = 0.15, 0.85
"""The shades of the rungs on a ladder's two ways."""


@dataclass(frozen=True)
class Style:
    """The look of a label: color as #RRGGBB; dash (of lines), symbol (of dots) and pattern (of
    bars) as in Plotly."""

    color: str
    dash: str
    symbol: str
    pattern: str = ""


def style(label: str) -> Style:
    """The look of a run's label (`keras_fit`, `keras_fit~2`, `keras_fit@tf216`) in every race.

    An entry in another stack or with settings of its own has its variant's hue, and another shade
    and mark, which stack and settings determine.
    """
    entry = Entry.parse(label)
    shift = entry.copy - 1 + _shift(entry)
    step = _steps().get(entry.name)
    if step:
        return Style(step.color, *_mark(step.place, shift))
    hue, place = given(entry.name)
    shaded = (_SHADES[place % len(_SHADES)] + _FAR * shift) % 1.0
    size = _size(entry)
    if size is None:
        return Style(shade(HUES[hue], shaded, shaded), *_mark(place, shift))
    light = min(math.log2(size) / LIGHTEST_SIZE, 1.0)
    return Style(shade(HUES[hue], light, shaded), *_mark(_STEP * place + size.bit_length() - 1, shift))


def ink(color: str) -> str:
    """The colour of text that is read on a bar of the given colour: black or white."""
    return max(INKS, key=lambda one: contrast(one, color))


def lighter(color: str, share: float) -> str:
    """A colour #RRGGBB mixed with so large a share of white."""
    channels = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(c + (255 - c) * share):02X}" for c in channels)


def _mark(place: int, shift: int) -> tuple[str, str, str]:
    """Dash, symbol and pattern of a place in a family, shifted as far away as there are marks."""
    return MARKS[(place + len(MARKS) // 2 * shift + shift // 2) % len(MARKS)]


def _shift(entry: Entry) -> int:
    """By how many steps the look of an entry is shifted for its stack and for its settings, but for
    its batch size; 0 for the variant as in the catalogue."""
    stack = "" if entry.stack == "main" else entry.stack
    values = "".join(name + value for name, value in entry.own if name != SIZE)
    return sum(1 + zlib.crc32(text.encode()) % (len(MARKS) - 3) for text in (stack, values) if text)


def _size(entry: Entry) -> int | None:
    """The batch size of an entry's own; None for the experiment's."""
    text = dict(entry.own).get(SIZE, "")
    return int(text) if text.isascii() and text.isdigit() and int(text) else None


def given(name: str) -> tuple[str, int]:
    """Hue of a variant's family, and its place in the family; of one of the user's own, both from
    its name alone, so that it keeps its look where its file is gone."""
    known = catalog.VARIANTS.get(name) or catalog.RUNGS.get(name)
    if known:
        return known.color or UNKNOWN, known.mark
    if own.find(name) is None and own.remembered(name) is None:
        return UNKNOWN, 0
    chosen = zlib.crc32(name.encode())
    return list(HUES)[chosen % len(HUES)], chosen // len(HUES) % len(MARKS)


@dataclass(frozen=True)
class _Step:
    """A rung on the way of a ladder: its colour, and how many changes stand before it."""

    color: str
    place: int


@lru_cache(maxsize=1)
def _steps() -> dict[str, _Step]:
    """Every rung on a ladder of the catalogue, by its name; on several, that with most rungs."""
    found: dict[str, _Step] = {}
    for ladder in sorted(catalog.LADDERS.values(), key=lambda one: len(_rungs(one.entries))):
        back = ladder.backward()
        found |= _way(ladder.forward(), None if back is None else _FORTH)
        found |= _way(back or [], _BACK)
    return found


def _way(entries: Sequence[str], light: float | None) -> dict[str, _Step]:
    """The rungs of one way, in colours from its first entry's hue to its last one's.

    light: their shade, by which the way forth is told from the way back; None for one that becomes
    lighter with every step.
    """
    names = [Entry.parse(entry).name for entry in entries]
    found = {}
    for place, name in enumerate(names):
        if name in catalog.RUNGS:
            share = place / (len(names) - 1)
            color = between(HUES[given(names[0])[0]], HUES[given(names[-1])[0]], share)
            found[name] = _Step(shade(color, *[share if light is None else light] * 2), place + given(names[0])[1])
    return found


def _rungs(entries: Sequence[str]) -> set[str]:
    return {Entry.parse(entry).name for entry in entries} & set(catalog.RUNGS)
