"""Gives system libraries the names that old packages ask for, by links in the stack's folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from lenet.errors import Unavailable
from lenet.stacks.place import Place
from lenet.stacks.table import Library, Stack

SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/lib64/openmpi/lib")
PATH = "LD_LIBRARY_PATH"


def link(stack: Stack, folder: Path) -> None:
    """Make the links of `stack` in `folder`. Raises Unavailable when the system lacks a library."""
    if not stack.libraries:
        return
    files = {library.name: find(library, stack.name) for library in stack.libraries}
    folder.mkdir(parents=True)
    for name, file in files.items():
        (folder / name).symlink_to(file)


def find(library: Library, stack: str) -> Path:
    """The file on this machine that serves as `library`. Raises Unavailable when there is none."""
    for name in (library.name, *library.stand_ins):
        for folder in _folders():
            if (folder / name).exists():
                return folder / name
    raise Unavailable(missing(library, stack))


def missing(library: Library, stack: str) -> str:
    """The sentence for a system that has no file for `library`."""
    return (
        f"The stack {stack!r} needs {' or '.join((library.stand_ins[0], library.name))}, which this system lacks; "
        f"install it (Debian and Ubuntu: `apt-get install {library.package}`) and install the stack again."
    )


def lost(stack: Stack, place: Place) -> Library | None:
    """The first library whose link leads to no file; None when all links are good."""
    return next((one for one in stack.libraries if not (place.libraries / one.name).exists()), None)


def environment(stack: Stack, place: Place) -> dict[str, str]:
    """LD_LIBRARY_PATH: the stack's own folders, then the user's; {} without any of its own."""
    own = [str(place.libraries)] if stack.libraries else []
    own += [str(place.site / folder) for folder in stack.library_folders]
    if not own:
        return {}
    users = [path for path in os.environ.get(PATH, "").split(os.pathsep) if path]
    return {PATH: os.pathsep.join([*own, *users])}


def _folders() -> Iterator[Path]:
    yield from (Path(path) for path in os.environ.get(PATH, "").split(os.pathsep) if path)
    for base in map(Path, SYSTEM):
        yield base
        yield from sorted(base.glob("*-linux-gnu*"))
