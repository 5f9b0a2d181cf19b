"""`--json FILE` of the commands that list things: what they show, for programs to read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click

from lenet.cli.options import OutputFile, check_output, write_json


@contextlib.contextmanager
def shown_in(file: Path | None) -> Iterator[None]:
    """Write what the body shows into a file; nothing without one.

    Raises BadInput before the body where it cannot be written. A body that exits with a status of its own is
    written too.
    """
    if file is None:
        yield
        return
    from lenet.cli import terminal
    from lenet.document import values

    check_output(file)
    status: SystemExit | None = None
    with terminal.keeping() as shown:
        try:
            yield
        except SystemExit as exit:
            status = exit
    write_json(file, values.of(shown.sentences, shown.tables))
    if status is not None:
        raise status


def _keep(context: click.Context, parameter: click.Parameter, file: Path | None) -> None:
    context.with_resource(shown_in(file))


shown_option = click.option(
    "--json",
    type=OutputFile(),
    expose_value=False,
    callback=_keep,
    help="Write what is shown here too, as JSON; - is stdout.",
)
"""What the command shows goes into a file, once it has ended without an error."""
