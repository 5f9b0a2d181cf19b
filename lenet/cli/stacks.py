"""`python -m lenet stacks ...`: list, install, add and remove stacks."""

from __future__ import annotations

import sys

import click

from lenet.cli import shell_stacks
from lenet.errors import BadInput

BAD_INPUT = 2


@click.group("stacks", invoke_without_command=True)
@click.pass_context
def stacks(context: click.Context) -> None:
    """List stacks; install, add or remove one. A stack is a Python with pinned packages in which variants run."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@stacks.command("list")
def list_() -> None:
    """List the stacks, their state and what to do next (the same as `stacks` alone)."""

    sys.exit(0 if shell_stacks.show() else BAD_INPUT)


@stacks.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "all_", is_flag=True, help="Every stack that is not ready yet.")
def install(names: tuple[str, ...], all_: bool) -> None:
    """Build stacks. What is ready already is left as it is; the others are built even if one fails."""

    if bool(names) == all_:
        raise BadInput("Name the stacks to install, or say --all; `python -m lenet stacks` lists them.")
    chosen = shell_stacks.chosen(names)
    sys.exit(shell_stacks.install(chosen))


@stacks.command()
@click.argument("name")
@click.argument("requirements", nargs=-1, required=True, metavar="REQUIREMENT...")
@click.option("--python", metavar="X.Y", help="The Python it wants.  [default: the app's own]")
@click.option("--install", "build", is_flag=True, help="Build it too.")
def add(name: str, requirements: tuple[str, ...], python: str | None, build: bool) -> None:
    """Add a stack of your own, such as: stacks add tf216 "tensorflow==2.16.2" --python 3.11 --install"""
    from lenet import stacks as table

    stack = table.add(name, list(requirements), python)
    if build:
        sys.exit(shell_stacks.install(shell_stacks.chosen((stack.name,))))
    click.echo(f"Added {stack.name}; `python -m lenet stacks install {stack.name}` builds it.")


@stacks.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove what was built of a stack; one of your own is forgotten as well."""
    from lenet import stacks as table

    table.remove(name)
    click.echo(f"Removed {name}.")
