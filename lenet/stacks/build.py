"""Builds and removes stacks. Whatever happens meanwhile, a stack is complete or absent."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
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
BENEATH = "beneath.pth"
"""The file that shows a stack the packages of the one on which it stands."""


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
    python = _python(stack, say)
    begin = time.monotonic()
    beneath = status.beneath(place.home, stack)
    place.clear()
    try:
        link(stack, place.libraries)
        with place.log.open("w", encoding="utf-8") as log:
            _fill(stack, place, python, Runner(place, lock, log, say))
        installed.check(stack, place)
        size = place.bytes()
        _record(stack, place, python, beneath)
    except BaseException:
        place.clear()
        raise
    say(f"Ready: {time.monotonic() - begin:.0f} s, {size / 1e6:,.0f} MB")


def _python(stack: Stack, say: Say) -> Path:
    """The interpreter with which its environment is made."""
    if stack.on:
        say(f"Using the Python of the stack {stack.on}")
        return status.interpreter(stack.on)
    say(f"Looking for Python {stack.python}" if stack.python else "Using the app's Python")
    return pythons.find(stack.python)


def _fill(stack: Stack, place: Place, python: Path, runner: Runner) -> None:
    under = own_stacks.beneath(place.home, stack)
    folders = status.folders_of(place.home, under) if under else ()
    runner.say(f"Making the environment with {python}")
    without_pip = ["--without-pip"] if under and status.version("pip", folders) else []
    runner.run([str(python), "-m", "venv", *without_pip, str(place.folder)])
    if under:
        _stand_on(place, folders)
    file = place.folder / "requirements.txt"
    file.write_text("\n".join(stack.requirements) + "\n", encoding="utf-8")
    command = [str(place.python), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    complete = stack.no_deps or (under is not None and under.no_deps)
    runner.run([*command, *(["--no-deps"] if complete else []), "-r", str(file)])


def _stand_on(place: Place, folders: Sequence[str]) -> None:
    """Let the environment see these folders of packages too, behind its own; pip takes what it finds there
    as installed, and leaves it alone."""
    packages = [folder for folder in folders if Path(folder).name in ("site-packages", "dist-packages")]
    lines = [f"import site; site.addsitedir({folder!r})\n" for folder in packages]
    (place.site / BENEATH).write_text("".join(lines), encoding="utf-8")


def _record(stack: Stack, place: Place, python: Path, beneath: str) -> None:
    installed = metadata.distributions(path=[str(place.site)])
    place.write_record(
        {
            "stack": stack.name,
            "interpreter": str(python),
            "python": pythons.version(place.python),
            "requirements": stack.fingerprint(),
            "on": beneath,
            "versions": {one.metadata["Name"]: one.version for one in installed},
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    )


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


def add(name: str, requirements: Sequence[str], python: str | None = None, on: str = "", made_by: str = "") -> Stack:
    """Add a stack of the user's own to the table, for `install` to build; the fields are those of `Stack`.

    Raises BadInput when the name, a requirement, the Python, or the stack on which it stands is wrong.
    """
    stack = own_stacks.make(name, [_absolute(requirement) for requirement in requirements], python, on, made_by)
    home: Home = open_home()
    own_stacks.beneath(home, stack)
    own_stacks.add(home, stack)
    return stack


def _absolute(requirement: str) -> str:
    """The requirement, with the absolute path of a wheel: pip will run in another folder."""
    return str(Path(requirement).resolve()) if Path(requirement).is_file() else requirement
