"""Helpers of all commands: an option per setting, the store, the service, and whole files."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lenet.files import STDOUT, check_writable, descriptor, write_whole
from lenet.home import open_home
from lenet.option import Switch, flag
from lenet.settings import OPTIONS, Settings, asked_by, written

if TYPE_CHECKING:
    from lenet.bench.queue import Queue
    from lenet.bench.service import Service
    from lenet.hosting.desk import Desk
    from lenet.store import Store

FAILED, BAD_INPUT = 1, 2
SETTINGS = asked_by("race")


class OutputFile(click.Path):
    """A file to write, as a Path; `-` is the standard output, and all else is then said on the
    standard error."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path, or STDOUT."""
        file = STDOUT if value == "-" else Path(os.fsdecode(super().convert(value, param, ctx)))
        if ctx is not None and is_stdout(file):
            from lenet.cli import terminal

            ctx.with_resource(terminal.on_stderr())
        return file


json_option = click.option("--json", "json_file", type=OutputFile(), help="Write the result here; - is stdout.")


def _look_into(context: click.Context, parameter: click.Parameter, named: tuple[str, ...]) -> None:
    from lenet.catalog import folders

    context.with_resource(folders.also_from(named))


variants_from_option = click.option(
    "--variants-from",
    multiple=True,
    metavar="DIR",
    expose_value=False,
    is_eager=True,
    callback=_look_into,
    help="A folder with variants of your own; may be given more than once.",
)
"""Until the command ends, its folders are looked into before those that LENET_VARIANTS names."""


def setting_options(
    names: Sequence[str] = SETTINGS, defaults: Mapping[str, Any] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add one option per named setting.

    The values stay text here, because Settings.parse says what is wrong with a value.
    """
    shown = {**dataclasses.asdict(Settings()), **(defaults or {})}

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names):
            command = _setting_option(name, shown[name])(command)
        return command

    return decorate


def _setting_option(name: str, default: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    about = OPTIONS[name]
    if isinstance(about, Switch):
        return click.option(flag(name), name, flag_value=about.written(True), default=None, help=about.help)
    unit = f" [{about.unit}]" if about.unit else ""
    choices = f" One of: {', '.join(about.choices)}." if about.choices else ""
    text = f"{about.help}{choices}{unit}  [default: {written(name, default)}]"
    return click.option(flag(name), name, metavar="VALUE", help=text)


def given(values: Mapping[str, str | None]) -> dict[str, str]:
    """The settings that the user gave."""
    return {name: value for name, value in values.items() if value is not None}


def names_in(text: str) -> tuple[str, ...]:
    """The words between the commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def check_output(file: Path | None) -> None:
    """Raises BadInput when `file` cannot be written: better before a race than after it."""
    if file:
        check_writable(file)


def is_stdout(file: Path | None) -> bool:
    """Is the standard output written into under this name?"""
    return file is not None and descriptor(file) == 1


def write(file: Path, text: str) -> None:
    """Write the whole file or nothing, so that a reader never sees half a file."""
    write_whole(file, f"{text}\n".encode())


def say_written(file: Path, err: bool = False) -> None:
    """Said of every file but the standard output; err: on the standard error."""
    if not is_stdout(file):
        click.echo(f"Written to {file}.", err=err)


def write_json(file: Path | None, values: Mapping[str, Any]) -> None:
    """Write values as JSON and say so; nothing without a file."""
    if file is not None:
        write(file, as_json(values))
        say_written(file)


def as_json(values: Mapping[str, Any]) -> str:
    """Values as indented JSON."""
    import orjson

    return orjson.dumps(values, option=orjson.OPT_INDENT_2).decode()


@contextlib.contextmanager
def opened_store() -> Iterator[Store]:
    """Open the store of the data folder and close it at the end; what a process left that is gone
    is ended in it."""
    from lenet.store import open_store

    home = open_home()
    store = open_store(home.database_url)
    try:
        if store.pending():
            from lenet.bench import recovery

            recovery.recover(store, home)
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def opened_service() -> Iterator[Service]:
    """Open a service in this process and close it at the end.

    SIGTERM is treated like Ctrl-C: the race is stopped and stored. So it is, as interrupted, when
    the terminal is closed.
    """
    from lenet.bench.service import Service

    with polite_kill(), hangup():
        service = Service(open_home())
        try:
            yield service
        finally:
            service.close()


def at_desk(queue: Queue) -> Desk:
    """What this shell may ask of a queue: all that whoever sits at the machine may, within its
    limits."""
    from lenet.hosting import config
    from lenet.hosting.desk import Desk

    return Desk(queue, config.read(), via="shell")


@contextlib.contextmanager
def opened_desk() -> Iterator[Desk]:
    """Open the queue of the data folder for this shell, and close it at the end."""
    from lenet.bench.queue import Queue

    with contextlib.closing(Queue(open_home())) as queue:
        yield at_desk(queue)


@contextlib.contextmanager
def polite_kill() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C while the body runs."""

    def leave(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def hangup() -> Iterator[None]:
    """Leave the body when the terminal is closed, unless whoever started us (nohup) ignores that."""

    def leave(number: int, frame: Any) -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a shell sends it, and then the system again
        raise SystemExit(128 + number)

    before = signal.getsignal(signal.SIGHUP)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, leave)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGHUP) is leave:
            signal.signal(signal.SIGHUP, before)
