"""`lenet demo`: the pages on races that come with the program, in a folder that does not stay.

Exit status: Streamlit's own; 0 when it was asked to end.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import click

from lenet.cli.app import PASSED_ON, options_argument, started
from lenet.cli.options import hangup, polite_kill
from lenet.home import DATABASE

KEPT = ("LENET_LOCK", "LENET_PYTHON")
"""How our variables begin that hold for the demo too: where races take turns, and where a Python is."""
GRACE_SECONDS = 30
"""So long the server may take to end a race that was started in the demo."""


@click.command(context_settings=PASSED_ON)
@options_argument
@click.pass_context
def demo(context: click.Context, options: tuple[str, ...]) -> None:
    """Open the pages on races that come with LeNet Bench, each with its machine and date.

    Nothing of it stays: the data folder is a temporary one that goes with Ctrl-C. Options are
    Streamlit's: --server.port 8600.
    """
    from lenet.demo import fill

    with polite_kill(), hangup(), tempfile.TemporaryDirectory(prefix="lenet-demo-") as folder:
        count = fill(Path(folder) / DATABASE)
        click.echo(f"A demo on {count} races that come with LeNet Bench; Ctrl-C ends it, and nothing of it stays.")
        context.exit(_serve(started(options), folder))


def _serve(command: list[str], folder: str) -> int:
    """Run the server on a data folder until it ends, or until it is asked to; its exit status."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("LENET_")}
    variables |= {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    server = subprocess.Popen(command, env={**variables, "LENET_HOME": folder})
    try:
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        _end(server)


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


COMMANDS = (demo,)
