"""`--on`: race on machines of the fleet instead of here, and show what they say side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lenet.cli.options import FAILED, opened_desk, polite_kill, write_json
from lenet.errors import BadInput
from lenet.records import UNFINISHED, Experiment, Machine, Request

if TYPE_CHECKING:
    from lenet.hosting.desk import Desk
    from lenet.store import Store

STOP_SECONDS = 30.0

on_option = click.option(
    "--on",
    metavar="MACHINE",
    help="Race there: a machine of the fleet by name, the least busy one with a label (gpu=h100), several between "
    "commas, or all.",
)
matrix_option = click.option(
    "--matrix",
    is_flag=True,
    help="With --on: each variant races the first alone, as an experiment of its own, on each machine.",
)


def check_matrix(on: str | None, requested: bool, request: Request) -> None:
    """Raise BadInput where --matrix has no machines, or nothing to race the first variant against."""
    if requested and on is None:
        raise BadInput("--matrix races on machines of a fleet; name them with --on, such as --on all.")
    if requested and len(request.variants) < 2:
        raise BadInput("--matrix races each variant against the first; name two at least.")


def in_pairs(request: Request) -> list[Request]:
    """A request for each of its entries against its first."""
    first, *others = request.variants
    return [replace(request, variants=(first, other)) for other in others]


def race(on: str, requests: list[Request], json_file: Path | None) -> int:
    """Race on the machines that `on` names, show progress and result, and write the result.

    Returns the exit status. Raises BadInput where a machine is not there or cannot race them.
    """
    from lenet.cli import progress

    with polite_kill(), opened_desk() as desk:
        machines = _machines(desk, on)
        first = desk.settle(requests[0])
        progress.show_plan(desk.plan(first, machines[0]), first)
        numbers = desk.submit_to_all(machines, requests)
        _say_where(numbers, machines)
        try:
            ended = progress.watch_all(desk.queue, numbers)
        except KeyboardInterrupt:
            ended = _stopped(desk, numbers)
        _show(desk.store, ended, json_file)
    return 0 if all(one.status == "finished" for one in ended) else FAILED


def _show(store: Store, ended: list[Experiment], json_file: Path | None) -> None:
    """What one machine found, or what several did, side by side where there are ratios to compare."""
    from lenet.cli import terminal
    from lenet.views import group, stored

    together = ended[0].group
    if group.is_compared(ended[0]):
        terminal.show(group.load(store, together))
    else:
        for one in ended:
            terminal.show(stored.load(store, one.id))
    if json_file and together:
        write_json(json_file, group.as_json(store, together))
    elif json_file:
        write_json(json_file, stored.as_json(store, ended[0].id))


def _machines(desk: Desk, on: str) -> list[Machine]:
    from lenet.fleet import machines

    busy = Counter(one.target for one in desk.store.placed())
    return machines.named(desk.store.machines(), on, busy)


def _say_where(numbers: list[int], machines: list[Machine]) -> None:
    from lenet.cli import terminal

    each = len(numbers) // len(machines)
    for place, machine in enumerate(machines):
        theirs = numbers[place * each : (place + 1) * each]
        noun = "Experiment" if each == 1 else "Experiments"
        terminal.say(f"{noun} {', '.join(map(str, theirs))} on {machine.name}.")


def _stopped(desk: Desk, numbers: list[int]) -> list[Experiment]:
    """Ask all of them to end; as they are once they have, or after a while."""
    for number in numbers:
        if desk.store.experiment(number).status in UNFINISHED:
            desk.stop(number)
    return [desk.queue.wait(number, STOP_SECONDS) for number in numbers]
