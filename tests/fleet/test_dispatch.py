"""Whose turn it is: nothing twice, nobody waits behind somebody's thousand, and no slot before a whole machine."""

from __future__ import annotations

import dataclasses
import random
from datetime import UTC, datetime, timedelta
from itertools import count

from lenet.fleet import dispatch
from lenet.records import Machine, Placed

NOW = datetime(2026, 11, 27, tzinfo=UTC)
BOX = Machine("box", "box", "vm", NOW)
SLOTS = dataclasses.replace(BOX, slots=2, gpus=("H100", "H100"))


def waits(number: int, submitter: str = "ada", target: str = "box", **values: object) -> Placed:
    told = {"status": "queued", "instrument": "race", "device": "cpu", **values}
    return Placed(number, f"{number:032x}", target, submitter, **told)  # type: ignore[arg-type]


def begun(*given: tuple[list[Placed], list[Machine]]) -> list[list[int]]:
    return [[int(uid, 16) for uid, _ in dispatch.choose(*one)] for one in given]


def test_a_machine_begins_the_oldest_and_nothing_while_it_races_or_drains() -> None:
    queue = [waits(1), waits(2)]
    draining = dataclasses.replace(BOX, draining=True)
    racing = [waits(1, status="running"), waits(2)]
    assert begun((queue, [BOX]), (queue, [draining]), (racing, [BOX]), (queue, [])) == [[1], [], [], []]


def test_submitters_take_turns_whoever_asked_for_how_much() -> None:
    earlier = NOW - timedelta(hours=1)
    queue = [waits(1, served=NOW), waits(2, served=NOW), waits(3, "ben", served=earlier), waits(4, "cem")]
    assert [one.id for one in dispatch.in_turn(queue)] == [4, 3, 1, 2]
    assert dispatch.place([*queue, waits(5, status="running")], 1) == 3
    assert dispatch.place([waits(9, target="other"), *queue], 4) == 0


def test_slots_are_for_races_on_gpus_and_a_whole_machine_is_not_overtaken() -> None:
    gpu, ladder = {"device": "gpu"}, {"device": "gpu", "instrument": "ladder"}
    assert begun(
        ([waits(1, **gpu), waits(2, **gpu), waits(3, **gpu)], [SLOTS]),
        ([waits(1, **gpu), waits(2, **ladder), waits(3, **gpu)], [SLOTS]),
        ([waits(1, status="running", **gpu), waits(2, **ladder), waits(3, **gpu)], [SLOTS]),
        ([waits(1, status="running", **ladder), waits(2, **gpu)], [SLOTS]),
        ([waits(1), waits(2, **gpu)], [SLOTS]),
    ) == [[1, 2], [1], [], [], [1]]


def test_a_thousand_experiments_on_twenty_machines() -> None:
    """One submitter asks for a thousand, another for one afterwards; all are dispatched once, and soon."""
    chance = random.Random(16)
    machines = [dataclasses.replace(BOX, id=f"m{number}") for number in range(20)]
    queue = {one: waits(one, target=f"m{one % 20}") for one in range(1, 1001)}
    order: list[tuple[str, str]] = []
    tick = count(1)
    while queue:
        turn = next(tick)
        now = NOW + timedelta(seconds=turn)
        if turn == 6:
            queue[1001] = waits(1001, "ben", "m7")
        chosen = dispatch.choose(list(queue.values()), machines)
        assert len({machine for _, machine in chosen}) == len(chosen), "one claim per machine"
        for uid, machine in chosen:
            one = queue[int(uid, 16)]
            assert one.status == "queued" and one.target == machine
            order.append((one.submitter, machine))
            queue[one.id] = one._replace(status="running")
            for other in queue.values():
                if (other.target, other.submitter) == (machine, one.submitter):
                    queue[other.id] = other._replace(served=now)
        for one in [one for one in queue.values() if one.status == "running" and chance.random() < 0.5]:
            del queue[one.id]
    assert len(order) == 1001
    on_seven = [submitter for submitter, machine in order if machine == "m7"]
    assert on_seven.index("ben") < 30
