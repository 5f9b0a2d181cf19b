"""`python -m lenet export ID`, `import FILE` and `push`: an experiment as a file, back from one, and
to a team's dashboard.

Exit status: 0 done, 1 failed, 2 bad input.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lenet.cli.options import OutputFile, check_output, opened_desk, opened_store, say_written
from lenet.errors import BadInput
from lenet.files import STDOUT, write_whole
from lenet.forms import FOREIGN, FORMS, Wanted

if TYPE_CHECKING:
    from lenet.store import Store

PROMETHEUS = "prometheus"
OPENLY = ("json", PROMETHEUS)
"""What is printed where no file is named."""
LABEL = "Only this label of it: two files of pyperf, of one label each, are what `pyperf compare_to` compares."


@click.command()
@click.argument("experiment_id", type=int, metavar="[ID]", required=False)
@click.option(
    "--format",
    "name",
    default="json",
    show_default=True,
    type=click.Choice((*FORMS, PROMETHEUS)),
    help=f"{'. '.join(f'{form.name}: {form.about}' for form in FORMS.values())}. {PROMETHEUS}: the newest figures "
    "of all experiments, in its text format; without ID.",
)
@click.option("--label", default="", metavar="LABEL", help=LABEL)
@click.option("--commit", default="", metavar="HASH", help="The commit of yours under which asv files it.")
@click.option(
    "--output",
    type=OutputFile(),
    help=f"The file; - is stdout.  [default: stdout for {' and '.join(OPENLY)}, experiment-ID.FORMAT for the others]",
)
def export(experiment_id: int | None, name: str, label: str, commit: str, output: Path | None) -> None:
    """Write one experiment as a file: for LeNet Bench, to read, or for another tool."""
    _check(name, experiment_id, label, commit)
    file = output or (STDOUT if name in OPENLY else Path(f"experiment-{experiment_id}.{FORMS[name].ending}"))
    check_output(file)
    with opened_store() as store:
        write_whole(file, _content_of(store, name, experiment_id, label, commit))
    if output or name not in OPENLY:
        say_written(file)


def _check(name: str, experiment_id: int | None, label: str, commit: str) -> None:
    """Raises BadInput for what a form has no use for, and for an experiment too many or too few."""
    form = FORMS.get(name)
    if label and form not in FOREIGN:
        raise BadInput(f"--label chooses what another tool is told; {name} always has every label.")
    if commit and not (form and form.by_commit):
        raise BadInput(f"--commit is for asv, which files results by commit; leave it out with {name}.")
    if name == PROMETHEUS and experiment_id is not None:
        raise BadInput(f"Prometheus is told the newest figures of all experiments; leave {experiment_id} out.")
    if name != PROMETHEUS and experiment_id is None:
        raise BadInput("Name the experiment to export; `python -m lenet list` lists them.")


def _content_of(store: Store, name: str, experiment_id: int | None, label: str, commit: str) -> bytes:
    if experiment_id is None:
        from lenet.exchange.tools import prometheus

        return prometheus.text(store)
    return FORMS[name].content(store, Wanted(experiment_id, label, commit))


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
