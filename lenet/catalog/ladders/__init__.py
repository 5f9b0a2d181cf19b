"""The shipped ladders, one file per family, each with its rungs."""

from __future__ import annotations

from types import ModuleType

from lenet.catalog.entries import Ladder, Variant
from lenet.catalog.ladders import on_jax, original, pytorch, today

FAMILIES: tuple[ModuleType, ...] = (today, original, pytorch, on_jax)
RUNGS: dict[str, Variant] = {rung.name: rung for family in FAMILIES for rung in family.RUNGS}
LADDERS: dict[str, Ladder] = {ladder.name: ladder for family in FAMILIES for ladder in family.LADDERS}
