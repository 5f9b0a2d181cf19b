"""Whose turn it is on each machine of the fleet: figures in, figures out.

On each machine the submitters take turns: next is the one whose last experiment began there longest ago,
and of theirs the oldest. A machine races one experiment at a time. One with slots races as many as it
has, each on a GPU of its own, but never beside an experiment that needs the whole machine: while such a
one is next, no slot is given away until all have become free.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from lenet.instruments import COUNTS, PROFILE, RACE
from lenet.records import Machine, Placed

NEVER = datetime.min.replace(tzinfo=UTC)
IN_SLOTS = (RACE.name, COUNTS.name, PROFILE.name)
"""The instruments that may have neighbours. The others tell microseconds apart, or measure the noise of the whole
machine."""


def choose(placed: Sequence[Placed], machines: Sequence[Machine]) -> list[tuple[str, str]]:
    """What may begin now: (uid, machine id), each experiment at most once.

    placed: all that waits for machines or runs on them, the oldest first.
    """
    by_machine: defaultdict[str, list[Placed]] = defaultdict(list)
    for one in placed:
        by_machine[one.target].append(one)
    free = (machine for machine in machines if not machine.draining)
    return [(one.uid, machine.id) for machine in free for one in _next(by_machine[machine.id], machine.slots)]


def place(placed: Sequence[Placed], experiment_id: int) -> int:
    """How many experiments go before this one on its machine, those that run there among them; 0 for one
    that does not wait."""
    target = next((one.target for one in placed if one.id == experiment_id), "")
    there = [one for one in placed if one.target == target]
    waiting = [one.id for one in in_turn([one for one in there if one.status == "queued"])]
    running = len(there) - len(waiting)
    return running + waiting.index(experiment_id) if experiment_id in waiting else 0


def in_turn(waiting: Sequence[Placed]) -> list[Placed]:
    """What waits for one machine, in the order of turns."""
    theirs: defaultdict[str, list[Placed]] = defaultdict(list)
    for one in waiting:
        theirs[one.submitter].append(one)
    order = sorted(theirs.values(), key=lambda those: (those[0].served or NEVER, those[0].id))
    rounds = max(map(len, order), default=0)
    return [those[turn] for turn in range(rounds) for those in order if turn < len(those)]


def _next(there: Sequence[Placed], slots: int) -> Iterator[Placed]:
    """What begins now on one machine."""
    running = [one for one in there if one.status != "queued"]
    if any(_whole(one, slots) for one in running):
        return
    free = slots - len(running)
    for one in in_turn([one for one in there if one.status == "queued"]):
        if _whole(one, slots):
            if free == slots:
                yield one
            return
        if not free:
            return
        free -= 1
        yield one


def _whole(one: Placed, slots: int) -> bool:
    """Whether it has the machine to itself."""
    return slots == 1 or one.device != "gpu" or one.instrument not in IN_SLOTS
