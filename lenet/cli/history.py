"""`python -m lenet history`, `trend`, `rename`, `note`, `tag` and `delete`: what is stored, through time.

Exit status: 0 done, 1 failed or not confirmed, 2 bad input.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from lenet.cli import shell_history
from lenet.cli.options import check_folder, json_option, opened_store, write
from lenet.records import Annotation

FILTERS = {
    "stack": ("--stack", "NAME", "With a run in this stack."),
    "version": ("--version", "VERSION", "With a run that had this version: '2.21', or 'tensorflow 2.21'."),
    "host": ("--machine", "HOST", "Raced on this machine."),
    "submitter": ("--who", "NAME", "Asked for by this user."),
    "tag": ("--tag", "TAG", "With this tag."),
    "text": ("--text", "TEXT", "With this text in its title, note, tags, variants, reason, user or machine."),
    "instrument": ("--kind", "KIND", "Of this kind: race, ladder, law, ..."),
    "since": ("--since", "DAY", "Asked for on this day or later, as 2026-01-31 (UTC)."),
    "until": ("--until", "DAY", "Asked for on this day or before."),
}
Command = Callable[..., Any]
ids = click.argument("experiment_id", type=int, metavar="ID")


def filter_options(command: Command) -> Command:
    """An option for each thing to filter by, but the variant."""
    for name, (flag, metavar, text) in reversed(FILTERS.items()):
        command = click.option(flag, name, metavar=metavar, help=text)(command)
    return command


@click.command()
@click.option("--variant", metavar="NAME", help="With a run of this variant.")
@filter_options
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many, newest first.")
def history(limit: int, **words: str | None) -> None:
    """List experiments, newest first, with their titles, tags and notes; filtered."""
    from lenet.analysis.across import filter_text

    asked = filter_text.of(words, limit)
    with opened_store() as store:
        shell_history.show_experiments(store, asked)


@click.command()
@click.argument("variant", metavar="VARIANT")
@filter_options
@click.option("--circumstance", metavar="KEY", help="Which series, where there are several; they are listed.")
@json_option
def trend(variant: str, circumstance: str | None, json_file: Path | None, **words: str | None) -> None:
    """Show a variant's batch time through its experiments, its changes, and what changed there."""
    from lenet.analysis.across import filter_text

    check_folder(json_file)
    asked = filter_text.of({**words, "variant": variant}, 1)
    with opened_store() as store:
        found = shell_history.show_trend(store, asked, circumstance or "")
    if json_file:
        write(json_file, shell_history.as_json(found))
        click.echo(f"Written to {json_file}.")


@click.command()
@ids
@click.argument("title")
def rename(experiment_id: int, title: str) -> None:
    """Give an experiment a title; '' takes it away."""
    _annotate(experiment_id, lambda found: dataclasses.replace(found, title=title))


@click.command()
@ids
@click.argument("text")
def note(experiment_id: int, text: str) -> None:
    """Write a note beside an experiment, in the place of the one it had; '' takes it away."""
    _annotate(experiment_id, lambda found: dataclasses.replace(found, note=text))


@click.command()
@ids
@click.argument("tags", nargs=-1, required=True, metavar="TAG...")
@click.option("--remove", is_flag=True, help="Take these tags away.")
def tag(experiment_id: int, tags: tuple[str, ...], remove: bool) -> None:
    """Tag an experiment."""

    def change(found: Annotation) -> Annotation:
        kept = tuple(tag for tag in found.tags if tag not in tags)
        return dataclasses.replace(found, tags=kept if remove else (*kept, *tags))

    _annotate(experiment_id, change)


def _annotate(experiment_id: int, change: Callable[[Annotation], Annotation]) -> None:

    with opened_store() as store:
        store.annotate(experiment_id, change(store.annotation(experiment_id)))
        click.echo(shell_history.annotated(store, experiment_id))


@click.command()
@ids
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(experiment_id: int, yes: bool) -> None:
    """Delete an experiment with all its batches; asks first."""

    with opened_store() as store:
        question = shell_history.question(store, experiment_id)
        if not yes:
            click.confirm(question, abort=True)
        store.delete(experiment_id)
    click.echo(f"Experiment {experiment_id} is deleted.")


COMMANDS = (history, trend, rename, note, tag, delete)
