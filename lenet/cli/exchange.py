"""`python -m lenet export ID`, `import FILE` and `push`: an experiment as a file, back from one, and
to a team's dashboard.

Exit status: 0 done, 1 failed, 2 bad input.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lenet.cli.options import OutputFile, as_json, check_output, opened_desk, opened_store, say_written, write
from lenet.files import STDOUT

if TYPE_CHECKING:
    from lenet.store import Store

FORMATS = ("json", "parquet", "html")


@click.command()
@click.argument("experiment_id", type=int, metavar="ID")
@click.option(
    "--format",
    "form",
    default="json",
    show_default=True,
    type=click.Choice(FORMATS),
    help="json: the figures, by lenet/schema/experiment-1.json. parquet: every batch, to import "
    "elsewhere. html: a report with charts.",
)
@click.option(
    "--output",
    type=OutputFile(),
    help="The file; - is stdout.  [default: stdout for json, experiment-ID.FORMAT for the others]",
)
def export(experiment_id: int, form: str, output: Path | None) -> None:
    """Write one experiment as JSON, as Parquet or as one HTML file."""
    file = output or (STDOUT if form == "json" else Path(f"experiment-{experiment_id}.{form}"))
    check_output(file)
    with opened_store() as store:
        _write(store, experiment_id, form, file)
    if form != "json":
        say_written(file)


def _write(store: Store, experiment_id: int, form: str, file: Path) -> None:
    if form == "json":
        write(file, _json(store, experiment_id))
    elif form == "html":
        from lenet.document.html import experiment_page
        from lenet.views import stored

        write(file, experiment_page(stored.load(store, experiment_id), store.annotation(experiment_id)))
    else:
        from lenet.exchange import to_parquet

        to_parquet(store, experiment_id, file)


def _json(store: Store, experiment_id: int) -> str:
    """The report as JSON, by lenet/schema/experiment-1.json."""
    from lenet.analysis import export as values
    from lenet.analysis import report as reports

    return as_json(values.as_json(reports.load(store, experiment_id)))


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
def import_(file: Path) -> None:
    """Import an experiment that was raced elsewhere and written by `export --format parquet`.

    Nothing in the file is ever run.
    """
    with opened_desk() as desk:
        number = desk.import_(file)
        origin = desk.store.experiment(number).origin
    where = f"on {origin['host']} " if origin["host"] else ""
    click.echo(f"Imported as experiment {number}; it was raced {where}as experiment {origin['id']}.")


@click.command()
@click.argument("what", metavar="FILE|ID")
@click.option("--to", "url", required=True, metavar="URL", help="The dashboard, as a browser opens it.")
def push(what: str, url: str) -> None:
    """Send an experiment to a team's dashboard: the number of one here, or a file that `export
    --format parquet` wrote.

    The token in LENET_TOKEN says who sends it. What is there already is not sent twice.
    """
    from lenet.exchange import push as sending

    number, there = sending.push(_content(what), url, os.environ.get("LENET_TOKEN", ""))
    click.echo(f"It is experiment {number} there: {there}")


def _content(what: str) -> bytes:
    """The Parquet file of an experiment here, or of a file."""
    from lenet.exchange import as_parquet, gather, push

    if not (what.isascii() and what.isdigit()):
        return push.read(Path(what))
    from lenet.analysis.across import filter_text

    with opened_store() as store:
        return as_parquet(gather(store, filter_text.number(what)))


COMMANDS = (export, import_, push)
