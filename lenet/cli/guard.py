"""`python -m lenet guard`: did a change make anything slower? For the CI of a repository.

Exit status: 0 not surely slower, 1 slower, 2 bad input, 3 not sure: a second race does not confirm it, or
there is no ratio.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lenet import catalog
from lenet.catalog.sides import Both
from lenet.cli.compare import UNSURE, share
from lenet.cli.guard_sides import Side, between
from lenet.cli.options import (
    FAILED,
    SETTINGS,
    as_json,
    at_desk,
    check_output,
    given,
    is_stdout,
    json_option,
    names_in,
    opened_service,
    say_written,
    setting_options,
    variants_from_option,
    write,
    write_json,
)
from lenet.errors import BadInput
from lenet.records import Request
from lenet.settings import Settings

if TYPE_CHECKING:
    from lenet.analysis.across.compare import Compared
    from lenet.analysis.across.guarded import Guarded
    from lenet.bench.service import Service
    from lenet.views.blocks import View

LIMIT, BUDGET = "3%", 300
STATUSES = {"not slower": 0, "slower": FAILED, "unsure": UNSURE}
"""By the outcomes of `compare`."""
OWN = ("rounds", "precision", "decide", "confirm", "twin")
"""Settings of a race that a guard gives it, or that would ask for something else."""
HELP = f"""Did a change make anything slower by more than a limit?

Both sides of each variant are raced beside each other, now, until their ratio is on one side of the limit. What looks
slower is raced a second time, by fresh processes, and is called slower only if they say so too.

The sides are two stacks (--base main --new tf216), two requirements files, of which stacks are built
(--base-requirements old.txt --new-requirements new.txt), or the same programs of your own in two checkouts
(--base-variants-from ../base/bench --new-variants-from bench); without --variants all programs of these folders.

The exit status is {FAILED} when a variant is slower: the whole 95 % interval of both its races lies above the limit.
It is {UNSURE} when only the first one says so, and when a variant has no ratio, for it crashed or computes something
else.
"""


@click.command("guard", help=HELP)
@click.option("--variants", "names", default="", help="Comma-separated.  [default: all in the two folders]")
@click.option("--slower", "limit", default=LIMIT, show_default=True, metavar="PERCENT", help="How much slower fails.")
@click.option("--base", "base_stack", default="", metavar="STACK", help="The stack of the base.")
@click.option("--new", "new_stack", default="", metavar="STACK", help="The stack of the new side.")
@click.option("--base-requirements", default="", metavar="FILE", help="The base in a stack of these requirements.")
@click.option("--new-requirements", default="", metavar="FILE", help="The new side in a stack of these requirements.")
@click.option("--python", metavar="X.Y", help="The Python of stacks that are built.  [default: the app's own]")
@click.option("--base-variants-from", default="", metavar="DIR", help="The base's variants of your own.")
@click.option("--new-variants-from", default="", metavar="DIR", help="The new side's variants of your own.")
@variants_from_option
@click.option(
    "--confirm/--no-confirm", default=True, show_default=True, help="Race what looks slower once more, to be sure."
)
@click.option(
    "--decide", default="", metavar="LINES", help="Go on until these lines are decided too, such as 0%: slower at all?"
)
@click.option("--markdown", is_flag=True, help="As Markdown, to paste into a pull request.")
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Write guard.md, .svg, .json, .xml (JUnit) and .html, and a page of each race, into this folder.",
)  # fmt: skip
@json_option
@setting_options(tuple(name for name in SETTINGS if name not in OWN), {"budget": BUDGET})
def guard(
    names: str,
    limit: str,
    base_stack: str,
    new_stack: str,
    base_requirements: str,
    new_requirements: str,
    python: str | None,
    base_variants_from: str,
    new_variants_from: str,
    confirm: bool,
    decide: str,
    markdown: bool,
    into: Path | None,
    json_file: Path | None,
    **values: str | None,
) -> None:
    """Race both sides of each variant, say what is slower, and exit with the status of that."""
    from lenet.analysis.across import guarded
    from lenet.cli import terminal
    from lenet.document.markdown import as_markdown
    from lenet.views import guard as views

    tolerance = share(limit)
    settings = _settings(tolerance, decide, given(values))
    base = Side("base", base_stack, base_requirements, base_variants_from)
    new = Side("new", new_stack, new_requirements, new_variants_from)
    check_output(json_file)
    with terminal.on_stderr() if markdown else contextlib.nullcontext(), between(base, new, python) as sides:
        both, left_out = sides.of(names_in(names))
        if into:
            _make(into)
        with opened_service() as service:
            found = list(_guarded(service, both, settings, tolerance, confirm))
            view = views.view(found, tolerance, left_out)
            terminal.show(view)
            if into:
                _write(service, into, found, tolerance, view)
    if markdown:
        click.echo(as_markdown(view), err=is_stdout(json_file))
    write_json(json_file, guarded.as_json(found, tolerance))
    sys.exit(STATUSES[guarded.outcome(found)])


def _settings(tolerance: float, decide: str, values: dict[str, str]) -> Settings:
    """Those of each race: it goes on until the limit is decided. An answer to 'which is faster?' as well (0 %)
    would never come where nothing changed, so only who asks for it with --decide waits for it. Fewer rounds than
    it takes to decide anything would be of no use, whatever the budget."""
    from lenet.analysis import decision

    lines = f"{decide},{100 * tolerance:.10g}%"
    return Settings.parse({"budget": BUDGET, **values, "decide": lines, "rounds": decision.FIRST})


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"The folder {folder} cannot be made ({error.strerror}); choose another place.") from error
    check_output(folder / "guard.json")


# The races


def _guarded(
    service: Service, both: Sequence[Both], settings: Settings, limit: float, confirm: bool
) -> Iterator[Guarded]:
    """What is found of each variant, one after the other."""
    from lenet.analysis.across.guarded import Guarded

    stopped = False
    for one in both:
        found = Guarded(one.name, catalog.title(one.name), limit, confirm)
        if not stopped:
            try:
                while not found.races or (confirm and found.alarmed and len(found.races) == 1):
                    found = replace(found, races=(*found.races, _raced(service, one, settings)))
            except KeyboardInterrupt:
                stopped = True
            except BadInput as error:
                found = replace(found, reason=f"{found.title}: {error}")
        yield replace(found, reason=f"{found.title} was not raced: it was stopped.") if stopped else found


def _raced(service: Service, both: Both, settings: Settings) -> Compared:
    """Race both sides. Raises BadInput where one cannot run here, KeyboardInterrupt when it was stopped."""
    from lenet import stacks
    from lenet.analysis import report as reports
    from lenet.analysis.across import compare as comparing
    from lenet.cli import progress

    for entry in (both.base, both.new):
        state = stacks.availability(catalog.variant(entry))
        if not state.available:
            raise BadInput(state.reason)
    desk = at_desk(service)
    request = desk.settle(Request((both.base, both.new), settings))
    progress.show_plan(desk.plan(request), request)
    number = desk.submit(request)
    try:
        progress.watch(service, number)
    except KeyboardInterrupt:
        service.stop_and_wait(number)
        raise
    report = reports.load(service.store, number)
    return comparing.compare(report, report, [(both.base, both.new)])


def _write(service: Service, folder: Path, found: Sequence[Guarded], limit: float, view: View) -> None:
    """Write every form of the result into a folder."""
    from lenet.analysis.across import guarded
    from lenet.document.html import experiment_page
    from lenet.document.junit import as_junit
    from lenet.document.markdown import as_markdown
    from lenet.records import Annotation
    from lenet.views import guard as views
    from lenet.views import stored

    texts = {
        "guard.md": f"### {view.title}\n\n{as_markdown(view)}",
        "guard.svg": views.picture(found, limit),
        "guard.json": as_json(guarded.as_json(found, limit)),
        "guard.xml": as_junit(found),
        "guard.html": experiment_page(view, Annotation()),
    }
    for number in (race.new.id for one in found for race in one.races):
        shown = stored.load(service.store, number)
        texts[f"race-{number}.html"] = experiment_page(shown, service.store.annotation(number))
    for name, text in texts.items():
        write(folder / name, text)
    say_written(folder, err=True)


COMMANDS = (guard,)
