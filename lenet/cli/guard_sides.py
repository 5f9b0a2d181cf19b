"""The two sides of a guard as a command names them: their stacks are built, their folders looked into."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lenet.catalog import folders
from lenet.catalog.sides import ENDING, Sides
from lenet.cli.options import opened_desk
from lenet.errors import BadInput


@dataclass(frozen=True)
class Side:
    """One side as it was asked for; '' for what was not."""

    name: str
    stack: str
    requirements: str
    folder: str


@contextlib.contextmanager
def between(base: Side, new: Side, python: str | None) -> Iterator[Sides]:
    """The sides, their stacks built and their folders looked into until the end of the `with` block."""
    for side in (base, new):
        _check(side)
    if bool(base.folder) != bool(new.folder):
        raise BadInput("Name the folder of variants of both sides: --base-variants-from and --new-variants-from.")
    if python and not (base.requirements or new.requirements):
        raise BadInput("--python is that of stacks that are built of requirements; name some, or leave it out.")
    with contextlib.ExitStack() as looking:
        folder = folders.existing(new.folder) if new.folder else None
        if folder and folders.existing(base.folder) == folder:
            raise BadInput("Both sides have the same folder of variants; name it once, with --variants-from.")
        if folder:
            looking.enter_context(folders.also_from([new.folder]))
            looking.enter_context(folders.set_apart(base.folder, ENDING))
        yield Sides(base.stack or _built(base, python), new.stack or _built(new, python), folder)


def _check(side: Side) -> None:
    """Raise BadInput for a stack that there is not, or more than one."""
    from lenet import stacks
    from lenet.home import open_home

    if side.stack and side.requirements:
        raise BadInput(f"The {side.name} side has a stack and requirements; leave one of them out.")
    if side.stack:
        stacks.find(open_home(), side.stack)


def _built(side: Side, python: str | None) -> str:
    """The stack of a side's requirements, built; '' where it has none. It is called after what it was built of,
    so that what is there already is not built again."""
    from lenet import stacks
    from lenet.cli.stacks import built
    from lenet.home import open_home

    if not side.requirements:
        return ""
    wanted = stacks.read_requirements(side.requirements)
    content = hashlib.sha256("\n".join([*wanted, python or ""]).encode())
    for file in filter(Path.is_file, map(Path, wanted)):  # a wheel keeps its name when it is built anew
        content.update(file.read_bytes())
    name = f"guard-{content.hexdigest()[:8]}"
    if name not in stacks.known(open_home()):
        with opened_desk() as desk:
            desk.change_stacks(f"add {name}", lambda: stacks.add(name, wanted, python))
    if built([name]):
        raise BadInput(f"The stack of {side.requirements} could not be built; the sentence above says why.")
    return name
