"""Builds and removes stacks. Whatever happens meanwhile, a stack is complete or absent."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from lenet import program
from lenet.errors import BadInput, StoreError, Unavailable
from lenet.home import Home, open_home
from lenet.stacks import installed, own_stacks, pythons, status, table
from lenet.stacks.libraries import link
from lenet.stacks.pip import Runner
from lenet.stacks.place import Place
from lenet.stacks.table import Stack

Say = Callable[[str], None]


def install(name: str, say: Say) -> None:
    """Build the stack `name` unless it is there already; `say` is called with a line for each step.

    A stack that is broken, or whose requirements have changed, is built again. While another
    process builds it, this one waits. Raises BadInput (no such stack), Unavailable (no Python, or
    no system library), StackError (pip failed) or StoreError (disk). After any error, also one that
    `say` raises, nothing half-built is left.
    """
    home = open_home()
    stack = own_stacks.find(home, name)
    if stack.name == table.APP:
        raise BadInput(f"The stack 'main' is the app's own Python; `{program.install()}` fills it.")
    place = Place(home, name)
    with _disk(place), place.hold(lambda: say("Another process is busy with it; waiting")) as lock:
        if (state := status.settled(home, stack)).usable and not state.reason:
            say("Ready already")
            return
        _build(stack, place, lock, say)


@contextlib.contextmanager
def _disk(place: Place) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The stack {place.name!r} was not built ({error.strerror or error}); "
            f"free some space or set LENET_HOME to another disk (log: {place.log})."
        ) from error


def _build(stack: Stack, place: Place, lock: int, say: Say) -> None:
    say(f"Looking for Python {stack.python}" if stack.python else "Using the app's Python")
    python = pythons.find(stack.python)
    begin = time.monotonic()
    place.clear()
    try:
        link(stack, place.libraries)
        with place.log.open("w", encoding="utf-8") as log:
            _fill(stack, place, python, Runner(place, lock, log, say))
        installed.check(stack, place)
        size = _bytes(place.folder)
        _record(stack, place, python)
    except BaseException:
        place.clear()
        raise
    say(f"Ready: {time.monotonic() - begin:.0f} s, {size / 1e6:,.0f} MB")


def _fill(stack: Stack, place: Place, python: Path, runner: Runner) -> None:
    runner.say(f"Making the environment with {python}")
    runner.run([str(python), "-m", "venv", str(place.folder)])
    file = place.folder / "requirements.txt"
    file.write_text("\n".join(stack.requirements) + "\n", encoding="utf-8")
    command = [str(place.python), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    runner.run([*command, *(["--no-deps"] if stack.no_deps else []), "-r", str(file)])


def _record(stack: Stack, place: Place, python: Path) -> None:
    installed = metadata.distributions(path=[str(place.site)])
    place.write_record(
        {
            "stack": stack.name,
            "interpreter": str(python),
            "python": pythons.version(place.python),
            "requirements": stack.fingerprint(),
            "versions": {one.metadata["Name"]: one.version for one in installed},
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    )


def _bytes(folder: Path) -> int:
    return sum(os.lstat(os.path.join(where, file)).st_size for where, _, files in os.walk(folder) for file in files)


def remove(name: str) -> None:
    """Remove the built stack `name`; a stack of the user's own leaves the table too.

    Raises BadInput when there is nothing to remove, Unavailable while another process builds it.
    """
    home = open_home()
    stack = own_stacks.find(home, name)
    if stack.name == table.APP:
        raise BadInput("The stack 'main' is the app's own Python and cannot be removed.")
    place = Place(home, name)
    if stack.shipped and not place.folder.exists():
        raise BadInput(f"The stack {name!r} is not installed; there is nothing to remove.")
    with _disk(place), place.hold(lambda: _refuse(name)):
        place.clear()
        place.log.unlink(missing_ok=True)
        if not stack.shipped:
            own_stacks.forget(home, name)


def _refuse(name: str) -> None:
    raise Unavailable(f"The stack {name!r} is being installed; remove it when that has ended.")


def add(name: str, requirements: list[str], python: str | None = None) -> Stack:
    """Add a stack of the user's own to the table, for `install` to build.

    Raises BadInput when the name, a requirement or the Python is wrong.
    """
    stack = own_stacks.make(name, [_absolute(requirement) for requirement in requirements], python)
    home: Home = open_home()
    own_stacks.add(home, stack)
    return stack


def _absolute(requirement: str) -> str:
    """The requirement, with the absolute path of a wheel: pip will run in another folder."""
    return str(Path(requirement).resolve()) if Path(requirement).is_file() else requirement
