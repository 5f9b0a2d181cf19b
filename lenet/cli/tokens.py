"""`python -m lenet token new|list|revoke`, and `share`: keys for programs, and links for readers.

Exit status: 0 done, 1 failed, 2 bad input.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from lenet.cli.shown import shown_option

if TYPE_CHECKING:
    from lenet.hosting.desk import Desk

DAYS, ROLE, PERIOD = 90, "runner", "7d"


@contextlib.contextmanager
def opened_desk() -> Iterator[Desk]:
    """The desk of whoever sits at this machine, as it is hosted."""
    from lenet.bench.queue import Queue
    from lenet.home import open_home
    from lenet.hosting import config
    from lenet.hosting.desk import Desk

    hosting = config.read()
    with contextlib.closing(Queue(open_home())) as queue:
        yield Desk(queue, hosting, via="shell")


@click.group("token")
def token() -> None:
    """Make, list and revoke keys with which programs ask a hosted dashboard."""


@token.command()
@click.argument("name")
@click.option("--role", default=ROLE, show_default=True, help="What it may do: viewer, runner or admin.")
@click.option("--days", default=DAYS, show_default=True, help="How long it holds, a year at most.")
def new(name: str, role: str, days: int) -> None:
    """Make a token and print its key, which is shown this once. NAME says what it is for."""
    from lenet.hosting import keys

    with opened_desk() as desk:
        key = desk.new_token(name, keys.role(role), days)
    click.echo(key)
    click.echo("Keep it now: it is not shown again. Programs read it from LENET_TOKEN.", err=True)


@token.command("list")
@shown_option
def list_() -> None:
    """List all tokens, the newest first."""
    from lenet.cli import terminal
    from lenet.views import tokens

    with opened_desk() as desk:
        known = desk.tokens()
    terminal.show_table(tokens.table(known))
    if not known:
        terminal.say("There is no token; `python -m lenet token new NAME` makes one.")


@token.command()
@click.argument("number", type=int)
def revoke(number: int) -> None:
    """End a token now; `token list` shows the numbers."""
    with opened_desk() as desk:
        desk.revoke_token(number)
    click.echo(f"Token {number} is revoked.")


@click.command()
@click.argument("experiment_id", type=int, metavar="ID")
@click.option("--for", "period", default=PERIOD, show_default=True, help="How long, as 12h, 7d or 4w.")
def share(experiment_id: int, period: str) -> None:
    """Print a link that shows a result to whoever has it, without signing in."""
    from lenet.hosting import sharing

    with opened_desk() as desk:
        link = desk.share(experiment_id, sharing.period(period))
    click.echo(link)


COMMANDS = (token, share)
