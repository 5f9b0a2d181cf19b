"""What the shell prints about stacks: their table, and the progress of building one."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lenet import stacks
from lenet.errors import BadInput, LeNetError, Unavailable
from lenet.home import open_home

FAILED, BAD_INPUT = 1, 2

console = Console(highlight=False)
if not console.is_terminal:  # a log file is as wide as it needs to be
    console.width = 160


def show() -> bool:
    """A row per stack; whether the user's own file could be read (if not, what is wrong goes to stderr)."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for header in ("Stack", "What it is", "Python", "State", "Versions", "Next step"):
        table.add_column(header, no_wrap=header in ("Stack", "State"), overflow="fold")
    home = open_home()
    for name, stack in stacks.known(home).items():
        state = stacks.state(name)
        python = state.python or stack.python or "the app's"
        versions = " ".join(f"{package} {version}" for package, version in state.versions.items())
        table.add_row(name, escape(stack.title), python, state.status, versions, escape(state.reason))
    console.print(table)
    wrong = stacks.mistake(home)
    if wrong:
        click.echo(f"lenet: {wrong}", err=True)
    return not wrong


def chosen(names: tuple[str, ...]) -> list[str]:
    """The stacks to build: those named, or all that need something. Raises BadInput for a name that is none."""
    home = open_home()
    if names:
        return [stacks.find(home, name).name for name in names]
    if wrong := stacks.mistake(home):
        raise BadInput(wrong)
    return [name for name in stacks.known(home) if stacks.state(name).reason]


def install(names: list[str]) -> int:
    """Build one after the other, also after a failure; the exit status."""
    with _polite_kill():
        codes = [_install(name) for name in names]
    if not names:
        console.print("Every stack is ready.")
    return max(codes, default=0) if len(codes) == 1 else min(FAILED, sum(codes))


@contextlib.contextmanager
def _polite_kill() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C: pip is ended and what is half-built is removed."""

    def leave(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _install(name: str) -> int:
    try:
        with _progress(name) as say:
            stacks.install(name, say)
    except LeNetError as error:
        click.echo(f"lenet: {error}", err=True)
        return BAD_INPUT if isinstance(error, BadInput | Unavailable) else FAILED
    return 0


@contextlib.contextmanager
def _progress(name: str) -> Iterator[Callable[[str], None]]:
    """A line that changes on a terminal; where nothing can be redrawn (a log file, CI) a line for each step."""
    if not console.is_terminal:
        yield lambda text: console.print(f"{name}: {text}", markup=False)
        return
    said = [""]
    with console.status(f"{name}: beginning") as spinner:

        def say(text: str) -> None:
            said[0] = text
            spinner.update(f"{name}: {escape(text)}")

        yield say
    console.print(f"{name}: {said[0]}", markup=False)
