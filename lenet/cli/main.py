"""`lenet ...`, or `python -m lenet ...` in a checkout: the table of all commands, and how errors become exit statuses.

Exit status: 0 finished, 1 failed, 2 bad input.
"""

from __future__ import annotations

from typing import Any

import click

from lenet import program
from lenet.cli import (
    app,
    compare,
    demo,
    exchange,
    fleet,
    history,
    near,
    new,
    noise,
    operate,
    run,
    runner,
    stacks,
    tokens,
    why,
)
from lenet.cli.options import BAD_INPUT, FAILED
from lenet.errors import BadInput, DataError, LeNetError, Unavailable


class Commands(click.Group):
    """Turns expected errors into one sentence and an exit status, without a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the shell on streams that can spell whatever it says."""
        near.spell()
        return super().main(*args, **kwargs)

    def invoke(self, context: click.Context) -> Any:
        """Run the command, and exit with BAD_INPUT or FAILED on an expected error."""
        try:
            return super().invoke(context)
        except (BadInput, DataError, Unavailable) as error:
            click.echo(f"lenet: {error}", err=True)
            context.exit(BAD_INPUT)
        except LeNetError as error:
            click.echo(f"lenet: {error}", err=True)
            context.exit(FAILED)


def _say_version(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(f"LeNet Bench {program.version()}")
        context.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_say_version,
    help="Say which version this is.",
)
def main() -> None:
    """Race ways to train LeNet: which is faster, how sure is that, and why?"""


for module in (app, demo, run, noise, compare, history, exchange, runner, operate, tokens):
    for command in module.COMMANDS:
        main.add_command(command)
main.add_command(stacks.stacks)
main.add_command(fleet.fleet)
main.add_command(new.new)
main.add_command(why.why)
