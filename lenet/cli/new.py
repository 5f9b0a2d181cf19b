"""`python -m lenet new variant`: a file to start a variant of one's own from.

Exit status: 0 written, 2 bad input.
"""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from lenet.catalog import start


@click.group("new")
def new() -> None:
    """Write a file to start from."""


@new.command()
@click.argument("name")
@click.option(
    "--framework", default="torch", show_default=True, type=click.Choice(list(start.BASES)), help="What it trains with."
)
@click.option(
    "--folder",
    default=Path(),
    type=click.Path(file_okay=False, path_type=Path),
    help="Where it is written.  [default: here]",
)
def variant(name: str, framework: str, folder: Path) -> None:
    """Write a variant that passes the exam as it stands, for you to change.

    It never writes over a file.
    """
    file = start.write(name, framework, folder)
    click.echo(f"Written to {file}. Next:")
    click.echo(f"  python -m lenet check {shlex.quote(str(file))}")
    click.echo(f"  python -m lenet run --variants-from {shlex.quote(str(folder))} --variants {name},numpy_reference")
