"""The two sides of a guard: the same variants as they were and as they are now, in two stacks or in two
checkouts of a repository."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lenet import catalog
from lenet.catalog import folders, own
from lenet.catalog.entry import Entry
from lenet.errors import BadInput

ENDING = "_base"
"""What the base's programs are called behind their names where each side has files of its own."""


@dataclass(frozen=True)
class Both:
    """A variant as an entry of each side. `name`: what the user calls it."""

    name: str
    base: str
    new: str


@dataclass(frozen=True)
class Sides:
    """In what the sides differ."""

    base_stack: str = ""
    """'' for the stack that each variant says itself; so is the other."""
    new_stack: str = ""
    new_folder: Path | None = None
    """The folder of the new side's programs, where the base has one too that is set apart by ENDING; None
    where both race the same files."""

    def of(self, names: Sequence[str]) -> tuple[list[Both], list[str]]:
        """The variants that both sides have, and a sentence for each that only one has.

        names: () for all in the folders. Raises BadInput for a name that neither side has, and for one that
        is the same on both.
        """
        found, alone = [], []
        for name in names or self._names():
            entry = Entry.parse(name)
            sides = {"base": self._of_base(entry), "new": self._in(entry, self.new_stack)}
            there = [side for side, one in sides.items() if own.ships(one.name) or own.find(one.name)]
            if len(there) == 1:
                alone.append(f"{name} is left out, for only the {there[0]} side has it.")
            else:
                found.append(_checked(Both(name, str(sides["base"]), str(sides["new"]))))
        return found, alone

    def _names(self) -> Sequence[str]:
        """The programs of both folders."""
        if self.new_folder is None:
            raise BadInput("Name the variants to guard, such as --variants keras_fit,jax_jit.")
        names = list(dict.fromkeys(self._in_folders(self.new_folder)))
        if not names:
            raise BadInput(f"{self.new_folder} has no variant; `python -m lenet new variant NAME` writes one.")
        return names

    @staticmethod
    def _in_folders(new: Path) -> Iterator[str]:
        for name, variant in own.known().items():
            if ending := folders.ending(variant.file):
                yield name.removesuffix(ending)
            elif variant.file.parent == new:
                yield name

    def _of_base(self, entry: Entry) -> Entry:
        apart = self.new_folder is not None and not own.ships(entry.name)
        return self._in(replace(entry, name=entry.name + ENDING) if apart else entry, self.base_stack)

    @staticmethod
    def _in(entry: Entry, stack: str) -> Entry:
        return entry.in_stack(stack) if stack else entry


def _checked(both: Both) -> Both:
    for entry in (both.new, both.base):
        catalog.asked(entry)
    if both.base == both.new:
        raise BadInput(
            f"Both sides of {both.name} are the same; name a stack, requirements or a folder of variants of each."
        )
    return both
