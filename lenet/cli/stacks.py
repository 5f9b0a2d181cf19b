"""`python -m lenet stacks ...`: list, install, add, remove and prune stacks.

Exit status: 0 done, 1 a stack could not be built, 2 bad input.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import click

from lenet.cli.options import BAD_INPUT, FAILED, opened_desk, polite_kill
from lenet.cli.shown import shown_option
from lenet.errors import BadInput, LeNetError, Unavailable
from lenet.home import open_home


@click.group("stacks", invoke_without_command=True)
@shown_option
@click.pass_context
def stacks(context: click.Context) -> None:
    """List stacks; install, add or remove one.

    A stack is a Python with pinned packages in which variants run.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_)


@stacks.command("list")
@shown_option
def list_() -> None:
    """List the stacks, their state and what to do next (the same as `stacks` alone)."""
    from lenet import stacks as known
    from lenet.cli import terminal
    from lenet.views import lists

    home = open_home()
    terminal.show_table(lists.stack_states(home))
    if wrong := known.mistake(home):
        click.echo(f"lenet: {wrong}", err=True)
        sys.exit(BAD_INPUT)


@stacks.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "all_", is_flag=True, help="Build every stack that is not ready yet and has a variant to race.")
def install(names: tuple[str, ...], all_: bool) -> None:
    """Build stacks.

    A stack that is ready is left as it is. If one fails, the others are built nevertheless.
    """
    if bool(names) == all_:
        raise BadInput("Name the stacks to install, or say --all; `python -m lenet stacks` lists them.")
    sys.exit(built(_chosen(names)))


@stacks.command()
@click.argument("name")
@click.argument("requirements", nargs=-1, metavar="[REQUIREMENT]...")
@click.option("-r", "--requirement", "files", multiple=True, metavar="FILE", help="A requirements file of pip's.")
@click.option("--python", metavar="X.Y", help="The Python it wants.  [default: the app's own]")
@click.option("--on", default="", metavar="STACK", help="Let it stand on this one: all else that it needs is there.")
@click.option("--install", "build", is_flag=True, help="Build it too.")
def add(
    name: str, requirements: tuple[str, ...], files: tuple[str, ...], python: str | None, on: str, build: bool
) -> None:
    """Add a stack of your own, such as: stacks add tf216 "tensorflow==2.16.2" --python 3.11 --install, or
    stacks add keras310 "keras==3.10.0" --on jax --install"""
    from lenet import stacks as table

    wanted = [*requirements, *(line for file in files for line in table.read_requirements(file))]
    if not wanted:
        raise BadInput('Name what the stack needs, such as "tensorflow==2.16.2", or a file: -r reqs.txt.')
    with opened_desk() as desk:
        stack = desk.change_stacks(f"add {name}", lambda: table.add(name, wanted, python, on))
    if build:
        sys.exit(built(_chosen((stack.name,))))
    click.echo(f"Added {stack.name}; `python -m lenet stacks install {stack.name}` builds it.")


@stacks.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove the built files of a stack; a stack of your own is forgotten as well."""
    from lenet import stacks as table

    with opened_desk() as desk:
        desk.change_stacks(f"remove {name}", lambda: table.remove(name))
    click.echo(f"Removed {name}.")


@stacks.command()
@click.option("--days", default=30, show_default=True, type=click.IntRange(0, 10_000), help="Unused for so long.")
def prune(days: int) -> None:
    """Remove stacks that `bisect` made and in which nothing was raced for long."""
    from lenet import stacks as table
    from lenet.bench import bisect
    from lenet.stacks import release_stacks

    home = open_home()
    before = release_stacks.taken(home)
    with opened_desk() as desk:
        names = bisect.unused(desk.store, home, datetime.now(UTC) - timedelta(days=days))
        for name in names:
            desk.change_stacks(f"remove {name}", functools.partial(table.remove, name))
    freed = before - release_stacks.taken(home)
    click.echo(f"Removed {', '.join(names) or 'nothing'}: {release_stacks.size(freed)}.")


def _chosen(names: tuple[str, ...]) -> list[str]:
    """The stacks to build: those named, else all that are not ready and have a variant that can be
    raced.

    Raises BadInput for an unknown name, and for a mistake in the user's own stacks.
    """
    from lenet import catalog
    from lenet import stacks as table
    from lenet.stacks.table import SHIPPED

    home = open_home()
    if names:
        return [table.find(home, name).name for name in names]
    if wrong := table.mistake(home):
        raise BadInput(wrong)
    idle = SHIPPED.keys() - {one.stack for one in catalog.VARIANTS.values() if not one.unavailable}
    return [name for name in table.known(home) if name not in idle and table.state(name).reason]


def built(names: Sequence[str]) -> int:
    """Build the stacks in turn, even after a failure, and return the exit status."""
    with polite_kill():  # ends pip and removes a half-built stack
        codes = [_build(name) for name in names]
    if not names:
        click.echo("Every stack is ready.")
    return max(codes, default=0) if len(codes) == 1 else min(FAILED, sum(codes))


def _build(name: str) -> int:
    from lenet import stacks as table

    try:
        with opened_desk() as desk, progress_of(name) as say:
            desk.change_stacks(name, lambda: table.install(name, say))
    except LeNetError as error:
        click.echo(f"lenet: {error}", err=True)
        return BAD_INPUT if isinstance(error, BadInput | Unavailable) else FAILED
    return 0


@contextlib.contextmanager
def progress_of(name: str) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows the latest step.

    A terminal has one line that changes. A log file or CI cannot redraw, so it has a line per step.
    """
    from rich.markup import escape

    from lenet.cli.terminal import console, say

    if not console.is_terminal:
        yield lambda text: say(f"{name}: {text}")
        return
    last = [""]
    with console.status(f"{name}: beginning") as spinner:

        def show(text: str) -> None:
            last[0] = text
            spinner.update(f"{name}: {escape(text)}")

        yield show
    say(f"{name}: {last[0]}")
