"""The ladders that ship, one file per family, each with the entries of its rungs."""

from __future__ import annotations

from types import ModuleType

from lenet.catalog.entries import Ladder, Variant

FAMILIES: tuple[ModuleType, ...] = ()
RUNGS: dict[str, Variant] = {rung.name: rung for family in FAMILIES for rung in family.RUNGS}
LADDERS: dict[str, Ladder] = {ladder.name: ladder for family in FAMILIES for ladder in family.LADDERS}
