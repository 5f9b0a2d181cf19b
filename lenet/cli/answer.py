"""`python -m lenet why export`: the answer to issue 7439 as one HTML file to send around."""

from __future__ import annotations

from pathlib import Path

import click

from lenet.cli.options import check_folder, opened_store, write

NAME = "keras-issue-7439.html"


@click.command("export")
@click.option(
    "--output", default=NAME, show_default=True, type=click.Path(dir_okay=False, path_type=Path), help="The file."
)
def export(output: Path) -> None:
    """Write the answer to Keras issue 7439, from what is stored, as one HTML file that needs no network."""
    from lenet.analysis.issue7439 import answer
    from lenet.document.html import answer_page

    check_folder(output)
    with opened_store() as store:
        found = answer.gather(store, answer.choose(store))
    write(output, answer_page(found))
    click.echo(f"Written to {output}.")
