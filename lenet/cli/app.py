"""`lenet app`: the pages, from a checkout or from wherever a wheel was installed.

Exit status: Streamlit's own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from lenet import program

PASSED_ON = {"ignore_unknown_options": True}
options_argument = click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[STREAMLIT OPTION]...")


@click.command(context_settings=PASSED_ON)
@options_argument
def app(options: tuple[str, ...]) -> None:
    """Open the pages in a browser: race, results, why, history.

    Options are Streamlit's: --server.port 8600. With LENET_MODE=hosted it is a team's server.
    """
    from lenet.hosting import config

    command = started(options, "hosted.py" if config.read().hosted else "app.py")
    sys.stdout.flush()
    os.execv(command[0], command)


def started(options: Sequence[str], file: str = "app.py") -> list[str]:
    """The command that starts the server of a file of the app."""
    # -P: what lies in the folder where somebody happens to be is no module of the app's.
    return [sys.executable, "-P", "-m", "streamlit", "run", str(program.app() / file), *options]


COMMANDS = (app,)
