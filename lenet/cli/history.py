"""`python -m lenet history`, `trend`, `rename`, `note`, `tag`, `delete`: stored experiments.

Exit status: 0 done, 1 failed or not confirmed, 2 bad input.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lenet import instruments
from lenet.cli.options import check_output, json_option, opened_desk, opened_store, write_json
from lenet.errors import BadInput
from lenet.records import Annotation

if TYPE_CHECKING:
    from lenet.analysis.across.history import Series
    from lenet.records import Filter
    from lenet.store import Store

NOTHING = "No experiment fits; leave a filter out, or `python -m lenet run --preset quick` makes the first."
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
    """Add an option for each thing to filter by, except the variant."""
    for name, (flag, metavar, text) in reversed(FILTERS.items()):
        command = click.option(flag, name, metavar=metavar, help=text)(command)
    return command


@click.command()
@click.option("--variant", metavar="NAME", help="With a run of this variant.")
@filter_options
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many, newest first.")
def history(limit: int, **words: str | None) -> None:
    """List the experiments that fit the filters, newest first, with titles, tags and notes."""
    from lenet.analysis.across import filter_text
    from lenet.cli import terminal
    from lenet.views import group, lists

    asked = filter_text.of(words, limit)
    with opened_store() as store:
        listed = store.search(asked)
        notes, machines = store.annotations(one.id for one in listed.experiments), group.names_in(store)
    if not listed.experiments:
        terminal.say(NOTHING)
        return
    terminal.show_table(lists.experiments(listed.experiments, notes, machines=machines))
    terminal.say(f"{len(listed.experiments)} of {listed.total:,} experiments.")


@click.command()
@click.argument("variant", metavar="VARIANT")
@filter_options
@click.option("--circumstance", metavar="KEY", help="Which series, if there are several; they are listed.")
@json_option
def trend(variant: str, circumstance: str | None, json_file: Path | None, **words: str | None) -> None:
    """Show a variant's batch time through time, its changes, and what changed with them."""
    from lenet.analysis.across import filter_text
    from lenet.analysis.across import history as series
    from lenet.cli import terminal
    from lenet.views import trend as views

    check_output(json_file)
    asked = filter_text.of({**words, "variant": variant}, 1)
    with opened_store() as store:
        choices = _read(store, asked)
        chosen = _chosen(choices, circumstance or "")
        shown = series.trend(store, chosen, asked)
    if len(choices) > 1:
        terminal.show_table(views.choices(choices))
    terminal.show(views.view(shown))
    if json_file:
        write_json(json_file, series.as_json(shown))


def _read(store: Store, asked: Filter) -> list[Series]:
    """The series that fit the filter. Works out the figures of new experiments first."""
    from lenet.analysis.across import figures
    from lenet.analysis.across import history as series
    from lenet.cli.terminal import console

    with console.status("Reading what is new"):
        figures.fill(store)
    return series.choices(store, asked)


def _chosen(choices: Sequence[Series], circumstance: str) -> Series:
    """The named series, else the longest. Raises BadInput when there is none."""
    for series in choices:
        if not circumstance or series.circumstance == circumstance:
            return series
    if choices:
        known = ", ".join(one.circumstance for one in choices)
        raise BadInput(f"This variant has no series {circumstance!r}; it has {known}.")
    raise BadInput("No experiment that fits has timed this variant; `python -m lenet history` lists them.")


@click.command()
@ids
@click.argument("title")
def rename(experiment_id: int, title: str) -> None:
    """Give an experiment a title; '' removes the title."""
    _annotate(experiment_id, lambda annotation: dataclasses.replace(annotation, title=title))


@click.command()
@ids
@click.argument("text")
def note(experiment_id: int, text: str) -> None:
    """Replace the note beside an experiment; '' removes the note."""
    _annotate(experiment_id, lambda annotation: dataclasses.replace(annotation, note=text))


@click.command()
@ids
@click.argument("tags", nargs=-1, required=True, metavar="TAG...")
@click.option("--remove", is_flag=True, help="Remove these tags.")
def tag(experiment_id: int, tags: tuple[str, ...], remove: bool) -> None:
    """Tag an experiment."""

    def change(annotation: Annotation) -> Annotation:
        kept = tuple(tag for tag in annotation.tags if tag not in tags)
        return dataclasses.replace(annotation, tags=kept if remove else (*kept, *tags))

    _annotate(experiment_id, change)


def _annotate(experiment_id: int, change: Callable[[Annotation], Annotation]) -> None:
    with opened_desk() as desk:
        desk.annotate(experiment_id, change(desk.store.annotation(experiment_id)))
        now = desk.store.annotation(experiment_id)
    tags = ", ".join(now.tags) or "no tags"
    click.echo(f"Experiment {experiment_id}: {now.title or 'no title'}; {tags}; {now.note or 'no note'}.")


@click.command()
@ids
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(experiment_id: int, yes: bool) -> None:
    """Delete an experiment with all its batches; asks first."""
    with opened_desk() as desk:
        one = desk.store.experiment(experiment_id)
        about = f"{instruments.subject(one.request)}; {one.created:%Y-%m-%d %H:%M} UTC"
        question = f"Delete experiment {experiment_id} ({about}) with all its batches? This cannot be undone."
        if not yes:
            click.confirm(question, abort=True)
        desk.delete(experiment_id)
    click.echo(f"Experiment {experiment_id} is deleted.")


COMMANDS = (history, trend, rename, note, tag, delete)
