"""The state of a stack, and whether a variant can run in it, read from files alone."""

from __future__ import annotations

import dataclasses
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from lenet import program
from lenet.catalog import Variant, own
from lenet.errors import BadInput, Unavailable
from lenet.home import Home, open_home
from lenet.stacks import installed, libraries, own_stacks, table
from lenet.stacks.place import Place
from lenet.stacks.table import Stack

INSTALLED, MISSING, INSTALLING, BROKEN, SATISFIED = "installed", "missing", "installing", "broken", "satisfied"
NEEDED_BY_ALL = "numpy"
"""The package that the worker itself imports."""


@dataclass(frozen=True)
class State:
    """The state of a stack.

    status: installed, missing, installing, broken or satisfied (by the app's own Python); reason:
    what to do next, '' when there is nothing to do; versions: of the stack's own packages.
    """

    status: str
    reason: str = ""
    python: str = ""
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether variants can be started in it."""
        return self.status in (INSTALLED, SATISFIED)


@dataclass(frozen=True)
class Availability:
    """Whether a variant can run here; if not, `reason` says what to do.

    versions: distribution -> version.
    """

    available: bool
    reason: str = ""
    versions: dict[str, str] = field(default_factory=dict)


def state(name: str) -> State:
    """The state of the stack `name`. Raises BadInput without one, or when the user's file is
    wrong."""
    home = open_home()
    stack = own_stacks.find(home, name)
    if name != table.APP and Place(home, name).held():
        return State(INSTALLING, "It is being installed now; wait until that has ended.")
    return settled(home, stack)


def settled(home: Home, stack: Stack) -> State:
    """The state of `stack` while no process builds it."""
    if stack.name == table.APP:
        return State(INSTALLED, python=platform.python_version(), versions=_versions(stack, _of_app()))
    place = Place(home, stack.name)
    record = place.read_record()
    if record is not None:
        return _standing(home, stack, _built(stack, place, record), record)
    if _satisfied(stack):
        return State(SATISFIED, python=platform.python_version(), versions=_versions(stack, _of_app()))
    left = "Its installation was interrupted" if place.folder.exists() else "It is not installed"
    return State(MISSING, f"{left}; {_advice(stack)} builds it.")


def _advice(stack: Stack) -> str:
    return f"`python -m lenet stacks install {stack.name}`"


def _standing(home: Home, stack: Stack, built: State, record: dict[str, object]) -> State:
    """The state of a built stack, after a look at the stack on which it stands."""
    if not stack.on or not built.usable:
        return built
    try:
        now = beneath(home, stack)
    except (BadInput, Unavailable) as error:
        return State(BROKEN, f"It stands on the stack {stack.on!r}: {error}", built.python)
    if record.get("on") != now:
        reason = f"The stack {stack.on!r}, on which it stands, is another by now; {_advice(stack)} builds it anew."
        return dataclasses.replace(built, reason=reason)
    return built


def beneath(home: Home, stack: Stack) -> str:
    """What tells the stack on which `stack` stands from the same one built otherwise. Raises BadInput, or
    Unavailable unless that is usable."""
    under = own_stacks.beneath(home, stack)
    if under is None:
        return ""
    interpreter(under.name)
    return f"{under.fingerprint()}, Python {settled(home, under).python}"


def _built(stack: Stack, place: Place, record: dict[str, object]) -> State:
    python = str(record.get("python", ""))
    if not os.access(place.python, os.X_OK):
        gone = os.path.realpath(place.python)
        return State(BROKEN, f"Its Python ({gone}) is gone; {_advice(stack)} builds it again.", python)
    if not record or not place.site.is_dir():
        return State(BROKEN, f"Files of it are missing or damaged; {_advice(stack)} builds it again.", python)
    if lost := libraries.lost(stack, place):
        return State(BROKEN, libraries.missing(lost, stack.name), python)
    stale = record.get("requirements") != stack.fingerprint()
    reason = f"Its requirements have changed since it was built; {_advice(stack)} builds it anew." if stale else ""
    return State(INSTALLED, reason, python, _versions(stack, (str(place.site),)))


def _satisfied(stack: Stack) -> bool:
    """Whether the app's own Python has exactly the pinned versions of the stack's own packages."""
    if not stack.shipped or stack.python is not None:
        return False
    pins = dict(line.split("==") for line in stack.requirements)
    return all((version(name, _of_app()) or "").partition("+")[0] == pins[name] for name in stack.packages)


def _versions(stack: Stack, folders: Sequence[str]) -> dict[str, str]:
    return dict(one for name in stack.packages if (one := _found(name, folders)))


def version(package: str, folders: Sequence[str]) -> str | None:
    """The version of `package` in these folders, as `folders_of` gives them; None where it is not there."""
    found = _found(package, folders)
    return found[1] if found else None


def folders_of(home: Home, stack: Stack) -> tuple[str, ...]:
    """Where the processes of a usable stack look for packages, in order: among its own, then among those of
    the stack on which it stands. Raises BadInput when that is not there."""
    if _in_app(stack.name, settled(home, stack)):
        return _of_app()
    under = own_stacks.beneath(home, stack)
    return (str(Place(home, stack.name).site), *(folders_of(home, under) if under else ()))


def _of_app() -> tuple[str, ...]:
    return tuple(sys.path)


def _found(package: str, folders: Sequence[str]) -> tuple[str, str] | None:
    """The distribution that has `package`, and its version."""
    return _read(package, tuple(folders), tuple(map(_changed, folders)))


@lru_cache(maxsize=1024)
def _read(package: str, folders: tuple[str, ...], changed: tuple[int, ...]) -> tuple[str, str] | None:
    return installed.find(package, folders)


def _changed(folder: str) -> int:
    """The folder's modification time in ns, which tells when something was last installed there."""
    try:
        return os.stat(folder or ".").st_mtime_ns
    except OSError:
        return 0


def interpreter(name: str) -> Path:
    """The Python of the stack `name`. Raises Unavailable, with what to do, unless it is usable."""
    home = open_home()
    try:
        current = state(name)
    except BadInput as error:
        raise Unavailable(str(error)) from error
    if not current.usable:
        raise Unavailable(f"The stack {name!r} is {current.status}. {current.reason}")
    return Path(sys.executable) if _in_app(name, current) else Place(home, name).python


def _in_app(name: str, current: State) -> bool:
    return name == table.APP or current.status == SATISFIED


def environment(name: str) -> dict[str, str]:
    """The environment variables that the processes of the stack `name` need."""
    home = open_home()
    stack = own_stacks.find(home, name)
    under = own_stacks.beneath(home, stack) or stack
    return libraries.environment(under, Place(home, under.name))


def availability(variant: Variant) -> Availability:
    """Whether `variant` can run here.

    A stack or a source file that is missing or broken is a reason in the answer, not an error.
    """
    if variant.unavailable:
        return Availability(False, variant.unavailable)
    mistake = variant.mistake()
    if mistake and variant.path:  # what it needs stands in the file that cannot be read
        return Availability(False, mistake)
    home = open_home()
    try:
        current = state(variant.stack)
    except BadInput as error:
        return Availability(False, _of_own(variant, "stack", str(error)))
    if not current.usable:
        said = f"The stack {variant.stack!r} is {current.status}. {current.reason}"
        return Availability(False, _of_own(variant, "stack", said))
    stack = own_stacks.find(home, variant.stack)
    folders = folders_of(home, stack)
    versions = {package: _found(package, folders) for package in (*variant.packages, NEEDED_BY_ALL)}
    for package, there in versions.items():
        if there is None:
            return Availability(False, _of_own(variant, "packages", _lacking(package, variant)))
    programs = (own_stacks.beneath(home, stack) or stack).programs
    if lacking := next((program for program in programs if not shutil.which(program)), ""):
        return Availability(False, _needs(lacking, variant.stack))
    if mistake:
        return Availability(False, mistake)
    return Availability(True, versions=dict(filter(None, map(versions.get, variant.packages))))


def _of_own(variant: Variant, key: str, reason: str) -> str:
    """The reason behind the place in a file of the user's own that asks for it."""
    return f"{own.line_of(variant.file, key)}{reason}" if variant.path else reason


def _needs(program: str, stack: str) -> str:
    """The sentence for a program that the stack's packages call; building the stack anew would not bring it."""
    install = f"Debian and Ubuntu: `apt-get install {program}`"
    return f"The stack {stack!r} calls {program}, which this system lacks; install it ({install})."


def _lacking(package: str, variant: Variant) -> str:
    stack = variant.stack
    if package in table.OPTIONAL:
        return f"{package} is not installed, and nothing else needs it; `pip install {package}` installs it."
    if stack == table.APP and variant.path:
        return f"{package} is not installed; `pip install {package}` into this Python, or name a stack that has it."
    if stack == table.APP:
        return f"{package} is not installed; `{program.install()}` installs it."
    if stack in table.SHIPPED:
        return f"The stack {stack!r} has no {package}; {_advice(table.SHIPPED[stack])} builds it anew."
    return f"The stack {stack!r} has no {package}; add it to its requirements and install it again."
