"""The stacks of a package's releases, which bisecting makes for itself: each stands on the stack that its
variant has anyway, so that a release costs no more room than itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from lenet.catalog import Variant
from lenet.errors import BadInput
from lenet.home import Home
from lenet.stacks import build, installed, own_stacks, releases, status
from lenet.stacks.place import Place
from lenet.stacks.table import Stack

MAKER = "bisect"
KEPT_FREE = 1_000_000_000
"""Bytes that no build may eat into."""


def of(home: Home, package: str, release: str, variant: Variant, python: str | None = None) -> Stack:
    """The stack in which `variant` runs with a release of `package`; it need not be built yet.

    It stands on the variant's own stack, and is that one where that has just this release. With another
    `python` than that one has, it stands alone. Raises BadInput, or Unavailable for a stack that is not
    there to stand on.
    """
    base = own_stacks.find(home, variant.stack)
    if python is None or python == python_of(home, base):
        there = status.version(package, status.folders_of(home, base))
        if there and releases.same(there, release):
            return base
        return _own(home, f"{package}-{release}-{base.name}", [f"{package}=={release}"], on=base.name)
    others = [name for name in (*variant.packages, status.NEEDED_BY_ALL) if _plain(name) != _plain(package)]
    requirements = [f"{package}=={release}", *dict.fromkeys(others)]
    return _own(home, f"{package}-{release}-py{python}", requirements, python=python)


_plain = installed.normal


def python_of(home: Home, stack: Stack) -> str:
    """The Python of a usable stack, as '3.11'. Raises Unavailable."""
    status.interpreter(stack.name)
    return ".".join(status.settled(home, stack).python.split(".")[:2])


def _own(home: Home, name: str, requirements: list[str], **more: str) -> Stack:
    name = name.lower().replace("+", "-").replace("!", "-")
    made = own_stacks.make(name, requirements, **more, made_by=MAKER)
    there = own_stacks.read(home).get(name)
    if there is not None and there != made:
        raise BadInput(
            f"There is a stack {name!r} already that is another; `python -m lenet stacks remove {name}` first."
        )
    return made


def missing(home: Home, stack: Stack) -> bool:
    """Whether it has to be built, or built anew."""
    if not stack.shipped and stack.name not in own_stacks.read(home):
        return True
    state = status.settled(home, stack)
    return not state.usable or bool(state.reason)


def make(home: Home, stack: Stack, say: Callable[[str], None]) -> None:
    """Build it, and add it to the table of the user's own; neither, when that fails. Raises LeNetError."""
    new = not stack.shipped and stack.name not in own_stacks.read(home)
    if new:
        own_stacks.add(home, stack)
    try:
        build.install(stack.name, say)
    except BaseException:
        if new:
            own_stacks.forget(home, stack.name)
        raise


def made(home: Home) -> list[Stack]:
    """All that bisecting made and that are still here."""
    return [stack for stack in own_stacks.read(home).values() if stack.made_by == MAKER]


def bytes_of(home: Home, package: str, variant: Variant) -> int | None:
    """What a release of `package` is expected to take: as much as one that was made here, or as the one in
    the variant's own stack; None where nothing tells."""
    here = [Place(home, one.name).bytes() for one in made(home) if one.packages[0] == package]
    if here := [size for size in here if size]:
        return sum(here) // len(here)
    base = own_stacks.find(home, variant.stack)
    return installed.bytes_of(package, status.folders_of(home, base))


def taken(home: Home) -> int:
    """Bytes that all stacks take that bisecting made."""
    return sum(Place(home, one.name).bytes() for one in made(home))


def check_room(home: Home, most: int, needed: int = 0) -> None:
    """Raise BadInput where stacks that bisecting made and makes, `needed` bytes more, would take more than
    `most`, or nearly all that is free."""
    total, free = taken(home) + needed, shutil.disk_usage(home.root).free
    if total > most:
        raise BadInput(
            f"Stacks that bisecting made would take {size(total)}, more than the {size(most)} of --disk; name fewer "
            "releases, let `python -m lenet stacks prune` make room, or allow more."
        )
    if free < needed + KEPT_FREE:
        raise BadInput(
            f"{size(free)} are free where stacks lie, and {size(needed + KEPT_FREE)} would be needed; make room, or "
            "set LENET_HOME to another disk."
        )


def size(number: int) -> str:
    """'31 MB', '4.2 GB'."""
    return f"{number / 1e9:,.1f} GB" if number >= 1e9 else f"{number / 1e6:,.0f} MB"
