"""The catalogue of variants, rungs, ladders and presets, and of what an entry of an experiment
names.

Variants of the user's own (`own`) lie outside the repository and are found here like those that ship.

An entry is `name[@stack][+setting=value ...]`: `keras_fit`, `keras_fit@tf216`,
`keras_fit+batch_size=8`. `Entry` reads and writes it; this module looks up what it means.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lenet.catalog import own
from lenet.catalog.entries import Change, Ladder, Preset, Variant, WrittenAs
from lenet.catalog.entry import Entry
from lenet.catalog.ladders import LADDERS, RUNGS
from lenet.catalog.presets import PRESETS
from lenet.catalog.variants import VARIANTS
from lenet.errors import BadInput
from lenet.settings import OPTIONS, Settings, names

__all__ = [
    "LADDERS",
    "PRESETS",
    "RUNGS",
    "VARIANTS",
    "VARIANTS_FOLDER",
    "Change",
    "Entry",
    "Ladder",
    "Preset",
    "Variant",
    "WrittenAs",
    "asked",
    "known",
    "labels",
    "ladder",
    "of_label",
    "overrides",
    "preset",
    "settings_of",
    "title",
    "variant",
]

VARIANTS_FOLDER = Path(__file__).parents[1] / "variants"
OWN_SETTINGS = names(lambda facets: facets.own != "no")
"""The settings that an entry may have of its own. The others are the experiment's, because they say
how all its entries are raced and compared."""


def known() -> dict[str, Variant]:
    """Name -> variant: those that ship, then the user's own."""
    return {**VARIANTS, **own.known()}


def variant(entry: str) -> Variant:
    """The variant or rung that an entry or a label names, in the stack that it names.

    Raises BadInput, with the nearest name, when there is none.
    """
    asked = Entry.parse(entry)
    found = VARIANTS.get(asked.name) or RUNGS.get(asked.name) or own.find(asked.name)
    if found and not asked.stack:
        return found
    if found:
        return replace(found, stack=asked.stack, title=f"{found.title} @ {asked.stack}")
    near = difflib.get_close_matches(asked.name, [*known(), *RUNGS], n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`python -m lenet variants` lists them."
    raise BadInput(" ".join([f"There is no variant {asked.name!r}; {hint}", *own.faults()]))


def asked(entry: str) -> Variant:
    """Like `variant`, for one that is to be run now: nobody shall take a file of their own for the
    variant that ships under its name. Raises BadInput."""
    own.refuse_clashes([Entry.parse(entry).name])
    return variant(entry)


def overrides(entry: str) -> dict[str, Any]:
    """Name -> text, for an entry's own settings. Raises BadInput for one that it may not have."""
    own = Entry.parse(entry).own
    for name, value in own:
        if name not in OWN_SETTINGS:
            raise BadInput(
                f"{entry!r}: '{name}={value}' is not a setting of one entry; "
                f"write +name=value with one of {', '.join(OWN_SETTINGS)}."
            )
    return dict(own)


def settings_of(entry: str, settings: Settings) -> Settings:
    """The experiment's settings with an entry's own in them. Raises BadInput for a wrong one."""
    own = overrides(entry)
    return Settings.parse({**dataclasses.asdict(settings), **own}) if own else settings


def ladder(named: str) -> Ladder:
    """The ladder `name`; `name@stack` is that ladder in another stack.

    Raises BadInput when there is none.
    """
    asked = Entry.parse(named)
    if asked.name not in LADDERS or asked != asked.without_settings:
        raise BadInput(f"There is no ladder {named!r}; the ladders are {', '.join(LADDERS)}.")
    shipped = LADDERS[asked.name]
    return shipped.in_stack(asked.stack) if asked.stack else shipped


def preset(name: str) -> Preset:
    """The preset called `name`. Raises BadInput when there is none."""
    if name not in PRESETS:
        raise BadInput(f"There is no preset {name!r}; the presets are {', '.join(PRESETS)}.")
    return PRESETS[name]


def labels(entries: Iterable[str]) -> list[str]:
    """The label of each entry's runs: the entry, with ~2, ~3 behind further copies of it."""
    seen: dict[str, int] = {}
    result = []
    for entry in entries:
        seen[entry] = seen.get(entry, 0) + 1
        result.append(entry if seen[entry] == 1 else str(Entry.parse(entry).nth(seen[entry])))
    return result


def of_label(label: str) -> Variant | None:
    """The variant that a label names; None when this version of the program does not have it."""
    try:
        return variant(label)
    except BadInput:
        return None


def title(label: str) -> str:
    """A label's title: 'Keras fit', 'Keras fit @ tf216', 'Keras fit, batch size 8', '... (2)'."""
    try:
        entry = Entry.parse(label)
    except BadInput:
        return label
    there = of_label(label)
    text = there.title if there else _title_of_old(entry)
    for name, value in _readable(entry).items():
        text += f", {OPTIONS[name].label.lower()} {value}"
    return f"{text} ({entry.copy})" if entry.copy > 1 else text


def _title_of_old(entry: Entry) -> str:
    """What is gone is called as the experiment called it that raced it, or by its name."""
    kept = own.remembered(entry.name)
    return " @ ".join(filter(None, (kept, entry.stack))) if kept else str(entry.without_settings)


def _readable(entry: Entry) -> dict[str, str]:
    """Name -> value of an entry's own settings that its title says, without those of an old
    database that no longer exist."""
    return {name: value for name, value in entry.own if name in OPTIONS and OPTIONS[name].facets.own != "untitled"}
