"""`python -m lenet fleet start|join|status|leave|token`: many machines, one dashboard.

Exit status: 0 done, 1 failed, 2 bad input.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lenet.cli.options import hangup, opened_store, polite_kill
from lenet.cli.shown import shown_option
from lenet.errors import BadInput
from lenet.home import open_home

if TYPE_CHECKING:
    from lenet.home import Home

tls_option = click.option(
    "--tls",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="A folder with node.crt, node.key and ca.crt: all between the machines is encrypted.",
)
trusted_option = click.option(
    "--trusted-network", is_flag=True, help="Nobody else can listen between the machines, so nothing is encrypted."
)


@click.group("fleet")
def fleet() -> None:
    """Race on many machines from one dashboard.

    Whoever holds the fleet's token can run code on all of its machines.
    """


@fleet.command("start")
@click.option("--address", default="127.0.0.1", show_default=True, help="This machine's, by which others reach it.")
@click.option("--port", default=7440, show_default=True, type=click.IntRange(1, 65535), help="Of the head.")
@tls_option
@trusted_option
def start_(address: str, port: int, tls: Path | None, trusted_network: bool) -> None:
    """Be the head: give what the queue has for other machines to them, until Ctrl-C.

    It shares a database with the app (LENET_DATABASE_URL, or the data folder). What waits goes on
    waiting when it ends; what runs is kept as interrupted.
    """
    from lenet.fleet import serve, start
    from lenet.hosting import logs, webhook
    from lenet.store import open_store

    start.check_installed()
    start.check_exposed(address, tls, trusted_network)
    logs.set_up()
    home = open_home()
    with contextlib.ExitStack() as stack:
        stack.enter_context(polite_kill())
        stack.enter_context(hangup())
        store = stack.enter_context(contextlib.closing(open_store(home.database_url)))
        told = stack.enter_context(webhook.telling(store, webhook.read()))
        with contextlib.suppress(KeyboardInterrupt):
            serve.as_head(home, store, address, port, tls, click.echo, told)
        click.echo("The fleet has ended; what ran is kept as interrupted.")


@fleet.command()
@click.argument("address", metavar="ADDRESS")
@click.option("--name", default="", help="By which users name this machine.  [default: its host's name]")
@click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="What tells it apart; may be given again.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file with the fleet's token.  [default: LENET_FLEET_TOKEN, or the one it was given before]",
)
@tls_option
@trusted_option
def join(
    address: str,
    name: str,
    labels: tuple[str, ...],
    token_file: Path | None,
    tls: Path | None,
    trusted_network: bool,
) -> None:
    """Let the fleet whose head is at ADDRESS race on this machine, until Ctrl-C or `fleet leave`.

    What is raced here is kept in this data folder too.
    """
    from lenet.fleet import machines, member, serve, start
    from lenet.fleet.member import MACHINE, Member

    start.check_installed()
    host, port = start.parse_address(address)
    given = _labels(labels)
    start.check_exposed(start.own_address(host, port), tls, trusted_network)
    home = open_home()
    if other := member.living(home):
        raise BadInput(member.taken(other))
    token = _token(home, token_file)
    here = machines.here(home, name, given)
    _say_found(here.name, here.cores, here.gpus, sorted(here.stacks))
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    known = Member(MACHINE, f"{host}:{port}", cores=cores, name=name, labels=given)
    with polite_kill(), hangup(), contextlib.suppress(KeyboardInterrupt):
        serve.as_machine(home, f"{host}:{port}", token, tls, known, here.id, click.echo)
    click.echo("This machine has left the fleet.")


@fleet.command()
@shown_option
def status() -> None:
    """Say what this machine is in a fleet, and show all machines that its database knows."""
    from lenet.cli import terminal
    from lenet.fleet import member
    from lenet.views import machines as views

    part = member.living(open_home())
    if part is not None:
        terminal.say(f"This machine is the {part.role} of the fleet at {part.address} (process {part.pid}).")
    with opened_store() as store:
        known, placed = store.machines(), store.placed()
    terminal.show_table(views.table(known, placed))
    if part is None and not known:
        terminal.say("There is no fleet here; `python -m lenet fleet start` makes one.")


@fleet.command()
def leave() -> None:
    """End this machine's part in a fleet; on the head, the fleet. What runs is kept as interrupted."""
    from lenet.fleet import member

    was = member.ask_to_leave(open_home())
    click.echo(f"Asked the {was.role} of the fleet at {was.address} (process {was.pid}) to end.")


@fleet.command()
def token() -> None:
    """Print the fleet's token, which a machine needs to join. Whoever has it can run code on all of them."""
    from lenet.fleet import start

    click.echo(start.make_token(open_home()).read_text(encoding="ascii"))


def _token(home: Home, file: Path | None) -> Path:
    """The file in which the token is kept. Raises BadInput where none was given."""
    from lenet.fleet import start

    if file is not None:
        try:
            return start.keep_token(home, file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{file} cannot be read; name the file with the fleet's token.") from error
    if text := os.environ.get(start.TOKEN_VARIABLE):
        return start.keep_token(home, text)
    if not (kept := start.token_file(home)).exists():
        raise BadInput(
            "A machine needs the fleet's token: `python -m lenet fleet token` on the head prints it; set "
            f"{start.TOKEN_VARIABLE}, or name a file with --token-file."
        )
    return kept


def _labels(texts: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise BadInput(f"{text!r} is no label; write it as rack=3.")
        found[key] = value
    return found


def _say_found(name: str, cores: int, gpus: tuple[str, ...], stacks: list[str]) -> None:
    from lenet.analysis.words import counted, listed
    from lenet.cli import terminal

    terminal.say(f"{name}: {counted(cores, 'core')}, {listed(gpus) if gpus else 'no GPU'}; stacks {listed(stacks)}.")
