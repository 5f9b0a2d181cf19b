"""`python -m lenet bisect PACKAGE RELEASES`: which release of a package made a variant slower, or faster?

Exit status: 0 it was answered, 1 something failed or was stopped, 2 bad input.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lenet.cli.compare import share
from lenet.cli.options import (
    FAILED,
    SETTINGS,
    at_desk,
    check_output,
    given,
    json_option,
    opened_service,
    polite_kill,
    setting_options,
    variants_from_option,
    write_json,
)
from lenet.cli.run import race, raced
from lenet.cli.stacks import progress_of
from lenet.errors import BadInput, StackError, Unreachable

if TYPE_CHECKING:
    from lenet.analysis.bisect import Race
    from lenet.bench.bisect import Asked, Bisection
    from lenet.bench.service import Service
    from lenet.stacks import Stack

ITS_OWN = ("decide", "most_rounds", "twin")
"""Settings of a race that a bisection decides itself."""
BUDGET = 300
GIGABYTE = 10**9
HELP = """Which release of PACKAGE made a variant slower, or faster?

RELEASES are two with '..' between them (3.10..3.15: all that pip finds from one to the other, both among
them), or some with commas. Stacks that are missing are built, each on the variant's own, and kept; `python -m lenet
stacks prune` removes those that nobody has used for long.

The first and the last release are raced. If they differ, the one in the middle is raced beside them, and so on between
the two that are further apart. Each race goes on until it is clear on which side a release is. A release that cannot be
built, or misses its exam, is left out. What was raced before is not raced again: after Ctrl-C the same command goes on
where it was.

With --all every release is raced in one experiment, --rounds times, and its result shows the time per release.
"""


@click.command("bisect", help=HELP)
@click.argument("package", metavar="PACKAGE")
@click.argument("named", metavar="RELEASES")
@click.option("--variant", required=True, metavar="NAME", help="The variant to race; NAME@STACK builds on that stack.")
@click.option("--python", metavar="X.Y", help="Build on this Python.  [default: the one of the variant's stack]")
@click.option("--change", default="2%", show_default=True, metavar="PERCENT", help="The smallest change to look for.")
@click.option("--all", "every", is_flag=True, help="Race every release in one experiment.")
@click.option("--again", is_flag=True, help="Race everything anew, whatever was raced before.")
@click.option(
    "--disk",
    default=10.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    metavar="GB",
    help="What all stacks made by bisecting may take together.",
)
@variants_from_option
@json_option
@setting_options([name for name in SETTINGS if name not in ITS_OWN], {"budget": BUDGET})
def bisect_(
    package: str,
    named: str,
    variant: str,
    python: str | None,
    change: str,
    every: bool,
    again: bool,
    disk: float,
    json_file: Path | None,
    **values: str | None,
) -> None:
    """Find the release, or race them all."""
    from lenet.bench.bisect import Asked

    check_output(json_file)
    with opened_service() as service:
        asked = Asked(package, (), variant, given(values), share(change), python)
        asked = replace(asked, releases=_releases(service, asked, named))
        builds = Builds(service, asked, int(disk * GIGABYTE))
        if every:
            sys.exit(_race_all(service, asked, builds, json_file))
        sys.exit(_search(service, asked, builds, _newest(service) if again else 0, json_file))


def _newest(service: Service) -> int:
    """The number of the newest experiment; 0 without one."""
    return next((one.id for one in service.store.experiments(limit=1)), 0)


def _releases(service: Service, asked: Asked, named: str) -> tuple[str, ...]:
    """The releases that are named; the stack of the variant is there by then."""
    from lenet import stacks
    from lenet.stacks import release_stacks, releases

    asked.check()
    base = stacks.find(service.home, asked.program.stack)
    if not stacks.state(base.name).usable:
        _build(service, base)
    python = asked.python or release_stacks.python_of(service.home, base)
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    return releases.named(asked.package, named, "" if python == here else python)


class Builds:
    """The stacks of a bisection, built as they are needed. most: bytes that all stacks made by bisecting may
    take."""

    def __init__(self, service: Service, asked: Asked, most: int) -> None:
        self.service, self.asked, self.most = service, asked, most

    def announce(self, number: int) -> None:
        """Say how much room stacks take that have to be built, `number` at most. Raises BadInput where there
        is not enough."""
        from lenet.bench import bisect
        from lenet.cli import terminal

        room = bisect.room(self.asked, self.service.home, number, self.most)
        if room.stacks:
            terminal.say(room.sentence)
        room.check()

    def there(self, release: str) -> str:
        """Build the stack of a release unless it is there; why it cannot be built, '' if it is there now.
        Raises LeNetError for what is no fault of the release: a full disk, an index out of reach."""
        from lenet.stacks import release_stacks

        home = self.service.home
        stack = self.asked.stack(home, release)
        if not release_stacks.missing(home, stack):
            return ""
        release_stacks.check_room(home, self.most)
        try:
            _build(self.service, stack)
        except Unreachable:
            raise
        except StackError as error:
            return str(error)
        return ""


def _build(service: Service, stack: Stack) -> None:
    from lenet.stacks import release_stacks

    with polite_kill(), progress_of(stack.name) as say:
        at_desk(service).change_stacks(stack.name, lambda: release_stacks.make(service.home, stack, say))


def _search(service: Service, asked: Asked, builds: Builds, after: int, json_file: Path | None) -> int:
    """Race until the release is found, and say what was found; the exit status. after: experiments up to this
    number count for nothing."""
    from lenet.analysis import bisect
    from lenet.bench.bisect import Bisection
    from lenet.cli import terminal
    from lenet.views import bisection as views

    asked = replace(asked, values={"budget": BUDGET, **asked.values})
    asked.settings(decide=asked.line(asked.change))  # a wrong one is said before anything is built
    found = Bisection(asked, service.store, service.home, after)
    terminal.say(views.begins(found))
    builds.announce(bisect.most_races(len(asked.releases)) + 1)
    while isinstance(answer := found.look(), bisect.Race):
        unbuilt = {one: why for at in answer.places if (why := builds.there(one := asked.releases[at]))}
        found.unbuilt |= unbuilt
        for release, why in unbuilt.items():
            terminal.say(f"{release} is left out. {why}")
        if not unbuilt and not _race_step(service, found, answer):
            return FAILED
    terminal.show(views.view(found, answer))
    write_json(json_file, views.as_json(found, answer))
    return 0


def _race_step(service: Service, found: Bisection, step: Race) -> bool:
    """Race a step; whether the search can go on."""
    from lenet.bench.bisect import OVER
    from lenet.cli import terminal
    from lenet.views import bisection as views

    experiment = raced(service, found.request(step))
    if experiment.status not in OVER:
        terminal.say(views.STOPPED)
        return False
    if found.look() == step:
        terminal.say(
            f"Experiment {experiment.id} compared none of them; `python -m lenet show {experiment.id}` says why."
        )
        return False
    terminal.say(views.progress(found, experiment))
    return True


def _race_all(service: Service, asked: Asked, builds: Builds, json_file: Path | None) -> int:
    """Race all releases in one experiment; the exit status."""
    from lenet.cli import terminal

    settings = asked.settings()
    builds.announce(len(asked.releases))
    chosen = []
    for release in asked.releases:
        if why := builds.there(release):
            terminal.say(f"{release} is left out. {why}")
        else:
            chosen.append(release)
    if len(chosen) < 2:
        raise BadInput(f"Fewer than two of these releases of {asked.package} can be built; name others.")
    return race(service, asked.request(service.home, chosen, settings), json_file)


COMMANDS = (bisect_,)
