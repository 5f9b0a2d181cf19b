"""`python -m lenet runner`: race what a hosted dashboard queues, apart from the web server.

Exit status: 0 when it was asked to end.
"""

from __future__ import annotations

import contextlib
import threading

import click

from lenet.cli.options import hangup, polite_kill
from lenet.home import open_home


@click.command()
def runner() -> None:
    """Race on this machine what waits for any runner, until Ctrl-C or a polite kill.

    It shares a database with the app (LENET_DATABASE_URL, or the data folder). What it races when it
    is ended is kept as interrupted; what waits goes on waiting, for the next runner.
    """
    from lenet.bench.runner import Runner
    from lenet.hosting import logs, webhook
    from lenet.store import open_store

    logs.set_up()
    home, hook = open_home(), webhook.read()
    with contextlib.ExitStack() as stack:
        stack.enter_context(polite_kill())
        stack.enter_context(hangup())
        store = stack.enter_context(contextlib.closing(open_store(home.database_url)))
        one = Runner(store, home, shared=True, ended=stack.enter_context(webhook.telling(store, hook)))
        try:
            one.start()
            click.echo(f"Waiting for experiments as {one.owner}.")
            threading.Event().wait()
        except KeyboardInterrupt:
            click.echo("Ending; what runs is kept as interrupted.")
        finally:
            one.close()


COMMANDS = (runner,)
