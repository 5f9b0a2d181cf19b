"""What there is to race: variants, rungs, ladders and presets, and how an entry of an experiment names one of them.

An entry is `name[@stack][+setting=value ...]`: `keras_fit`, `keras_fit@tf216`, `keras_fit+batch_size=8`.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lenet.catalog.entries import Change, Ladder, Preset, Variant
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
    "Ladder",
    "Preset",
    "Variant",
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
"""What an entry may have of its own. The rest is the experiment's: it says how all of them are raced and compared."""


def variant(entry: str) -> Variant:
    """The variant or rung that an entry or a run's label names, in the stack that it names.

    Raises BadInput, with the nearest names, when there is none.
    """
    plain, at, stack = entry.partition("~")[0].partition("+")[0].partition("@")
    found = VARIANTS.get(plain) or RUNGS.get(plain)
    if found:
        return replace(found, stack=stack, title=f"{found.title} @ {stack}") if at else found
    near = difflib.get_close_matches(plain, [*VARIANTS, *RUNGS], n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`python -m lenet variants` lists them."
    raise BadInput(f"There is no variant {plain!r}; {hint}")


def overrides(entry: str) -> dict[str, Any]:
    """The settings that an entry has of its own, as text. Raises BadInput for one that it cannot have."""
    own = {}
    for part in entry.partition("~")[0].split("+")[1:]:
        name, equals, value = part.partition("=")
        if not equals or name not in OWN_SETTINGS:
            raise BadInput(
                f"{entry!r}: {part!r} is no setting of one entry; write +name=value with one of "
                f"{', '.join(OWN_SETTINGS)}."
            )
        own[name] = value
    return own


def settings_of(entry: str, settings: Settings) -> Settings:
    """The experiment's settings with an entry's own in their place. Raises BadInput when these are wrong."""
    own = overrides(entry)
    return Settings.parse({**dataclasses.asdict(settings), **own}) if own else settings


def ladder(name: str) -> Ladder:
    """The ladder called `name`. Raises BadInput when there is none."""
    if name not in LADDERS:
        raise BadInput(f"There is no ladder {name!r}; the ladders are {', '.join(LADDERS)}.")
    return LADDERS[name]


def preset(name: str) -> Preset:
    """The preset called `name`. Raises BadInput when there is none."""
    if name not in PRESETS:
        raise BadInput(f"There is no preset {name!r}; the presets are {', '.join(PRESETS)}.")
    return PRESETS[name]


def labels(entries: Iterable[str]) -> list[str]:
    """A label for each run of a round: its entry, with ~2, ~3 behind an entry that comes again."""
    seen: dict[str, int] = {}
    result = []
    for entry in entries:
        seen[entry] = seen.get(entry, 0) + 1
        result.append(entry if seen[entry] == 1 else f"{entry}~{seen[entry]}")
    return result


def of_label(label: str) -> Variant | None:
    """The variant that a run's label names; None when this version of the program has it no more."""
    try:
        return variant(label)
    except BadInput:
        return None


def title(label: str) -> str:
    """How a run's label reads to a person: 'Keras fit', 'Keras fit @ tf216', 'Keras fit, batch size 8', '... (2)'."""
    entry, _, copy = label.partition("~")
    known = of_label(label)
    text = known.title if known else entry.partition("+")[0]
    for name, value in _readable(entry).items():
        text += f", {OPTIONS[name].label.lower()} {value}"
    return f"{text} ({copy})" if copy else text


def _readable(entry: str) -> dict[str, Any]:
    """An entry's own settings; of an old database's entry those that are still settings."""
    pairs = (part.partition("=") for part in entry.split("+")[1:])
    return {name: value for name, _, value in pairs if name in OPTIONS and OPTIONS[name].facets.own != "untitled"}
