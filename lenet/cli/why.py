"""`python -m lenet why ...`: split the gap between two programs into causes.

Exit status: 0 finished, 1 failed, 2 bad input.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lenet import instruments, requests
from lenet.catalog import ladder_file
from lenet.cli import elsewhere
from lenet.cli.options import (
    OutputFile,
    check_output,
    given,
    json_option,
    names_in,
    opened_service,
    opened_store,
    say_written,
    setting_options,
    variants_from_option,
    write,
    write_json,
)
from lenet.cli.run import race
from lenet.errors import BadInput
from lenet.records import Request
from lenet.settings import asked_by

SIZES = ",".join(map(str, requests.BATCH_SIZES))
ENDS = "keras_fit,tensorflow_function"
DOCUMENT = "keras-issue-7439.html"


@click.group("why")
def why() -> None:
    """Split the gap between two programs into causes: a law, a ladder, counts, a profile."""


@why.command()
@click.option("--variants", "names", default=ENDS, show_default=True, help="Comma-separated.")
@click.option("--batch-sizes", default=SIZES, show_default=True, help="Comma-separated; at least four.")
@variants_from_option
@elsewhere.on_option
@json_option
@setting_options(asked_by("law"), requests.LAW)
def law(names: str, batch_sizes: str, on: str | None, json_file: Path | None, **values: str | None) -> None:
    """Overhead or compute? Race variants at several batch sizes and fit t(B) = a + b*B."""
    _race(requests.law_request(names_in(names), requests.sizes_in(batch_sizes), given(values)), on, json_file)


@why.command()
@click.argument("words", nargs=-1, required=True, metavar="(START END | NAME | FILE.toml)")
@variants_from_option
@elsewhere.on_option
@json_option
@setting_options(asked_by("ladder"), requests.LADDER)
def ladder(words: tuple[str, ...], on: str | None, json_file: Path | None, **values: str | None) -> None:
    """What makes up the gap? Race two programs and every step between them.

    The effects of the steps add up to the gap. Name the two ends, or a ladder (`why ladders` lists
    them), or a TOML file with a ladder of your own. NAME@STACK, or @STACK behind both ends, races a
    ladder in another stack.
    """
    _race(requests.ladder_request(ladder_file.named(words), given(values)), on, json_file)


@why.command()
def ladders() -> None:
    """List the ladders and their changes."""
    from lenet.cli import terminal
    from lenet.views import lists

    terminal.show_table(lists.ladders())


@why.command()
@click.argument("names", nargs=-1, required=True, metavar="VARIANT...")
@variants_from_option
@elsewhere.on_option
@json_option
@setting_options(asked_by("counts"), {"batch_size": requests.EVIDENCE_BATCH})
def counts(names: tuple[str, ...], on: str | None, json_file: Path | None, **values: str | None) -> None:
    """Is anything re-created on each batch?

    Counts what variants do on steady batches, and from each epoch to the next, with the clock off.
    """
    _race(requests.counts_request(names, given(values)), on, json_file)


@why.command()
@click.argument("names", nargs=-1, required=True, metavar="VARIANT...")
@variants_from_option
@elsewhere.on_option
@json_option
@setting_options(asked_by("profile"), {"batch_size": requests.EVIDENCE_BATCH})
def profile(names: tuple[str, ...], on: str | None, json_file: Path | None, **values: str | None) -> None:
    """Where does the time go?

    Samples the steady batches of variants, in runs that are never compared.
    """
    _race(requests.profile_request(names, given(values)), on, json_file)


@why.command()
@click.argument("experiment_id", type=int, metavar="ID")
@json_option
def show(experiment_id: int, json_file: Path | None) -> None:
    """Show the result of a law, a ladder, counts or a profile."""
    from lenet.cli import terminal
    from lenet.views import stored

    check_output(json_file)
    with opened_store() as store:
        if not instruments.of(store.experiment(experiment_id).request).asks_why:
            usual = f"`python -m lenet show {experiment_id}`"
            raise BadInput(f"Experiment {experiment_id} is a race; {usual} shows its result.")
        terminal.show(stored.load(store, experiment_id))
        if json_file:
            write_json(json_file, stored.as_json(store, experiment_id))


@why.command()
@click.option("--output", default=DOCUMENT, show_default=True, type=OutputFile(), help="The file; - is stdout.")
def export(output: Path) -> None:
    """Write the answer to Keras issue 7439, from the stored experiments, as one HTML file.

    The file needs no network.
    """
    from lenet.analysis.issue7439 import answer
    from lenet.document.html import answer_page

    check_output(output)
    with opened_store() as store:
        gathered = answer.gather(store, answer.choose(store))
    write(output, answer_page(gathered))
    say_written(output)


def _race(request: Request, on: str | None, json_file: Path | None) -> None:
    check_output(json_file)
    if on is not None:
        sys.exit(elsewhere.race(on, [request], json_file))
    with opened_service() as service:
        sys.exit(race(service, request, json_file))
