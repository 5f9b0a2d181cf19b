"""What users ask of a fleet: who may, what is queued for whom, and how it is stopped."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from lenet.bench import lapsed, owners
from lenet.bench.queue import Queue
from lenet.bench.service import Service
from lenet.errors import BadInput, Forbidden
from lenet.fleet.machines import sources
from lenet.home import Home
from lenet.hosting.config import Hosting
from lenet.hosting.desk import Desk
from lenet.hosting.identity import Role, User
from lenet.hosting.limits import DEFAULTS
from lenet.records import FLEET, Machine, Request
from lenet.settings import Settings

ADA, VIEWER, ADMIN = (
    User(name, role) for name, role in zip("ava", (Role.RUNNER, Role.VIEWER, Role.ADMIN), strict=True)
)
REQUEST = Request(("numpy_reference",), Settings.parse({"rounds": 1, "images_per_epoch": 320}))
TEAM = Hosting(mode="hosted", auth="optional", public_url="https://bench.example.org/lenet")


def machine(name: str, **values: object) -> Machine:
    about = {"cores": 2, "memory_bytes": 8 << 30, "stacks": {"main": {}}, "versions": {"sources": sources()}}
    return Machine(name * 4, name, "vm", datetime.now(UTC), **{**about, **values})  # type: ignore[arg-type]


@pytest.fixture
def box(queue: Queue) -> Machine:
    return joined(queue, machine("box"))


def joined(queue: Queue, one: Machine) -> Machine:
    queue.store.show_machine(one)
    return one


def test_an_experiment_waits_for_the_machine_that_its_user_names(queue: Queue, box: Machine) -> None:
    number = Desk(queue, TEAM, ADA).submit_to(box, REQUEST)
    asked = queue.store.experiment(number)
    assert (asked.target, asked.group, asked.owner, asked.request.submitter) == (box.id, "", FLEET, "a")
    assert not queue.adrift(asked) and queue.store.audit(1)[0].detail == "on box: numpy_reference"


def test_on_all_is_one_group_or_nothing(queue: Queue, box: Machine) -> None:
    desk, other = Desk(queue, TEAM, ADA), joined(queue, machine("gpu1"))
    numbers = desk.submit_to_all([box, other], [REQUEST])
    (group,) = {queue.store.experiment(number).group for number in numbers}
    assert [one.target for one in queue.store.of_group(group)] == [box.id, other.id] and len(group) == 32
    before = len(queue.store.experiments())
    with pytest.raises(BadInput, match="gpu1 is draining"):
        desk.submit_to_all([box, dataclasses.replace(other, draining=True)], [REQUEST])
    assert len(queue.store.experiments()) == before


def test_a_group_that_meets_a_limit_half_way_waits_nowhere(queue: Queue, box: Machine) -> None:
    few = dataclasses.replace(TEAM, limits=dataclasses.replace(DEFAULTS["hosted"], queued=2))
    with pytest.raises(BadInput, match="2 of your experiments wait already"):
        Desk(queue, few, ADA).submit_to_all([box], [REQUEST] * 3)
    assert [one.status for one in queue.store.experiments()] == ["cancelled", "cancelled"]


def test_limits_go_by_the_memory_of_the_machine_that_races(queue: Queue) -> None:
    roomy = dataclasses.replace(TEAM, limits=dataclasses.replace(DEFAULTS["hosted"], memory_mib=0, queued=math.inf))
    small = joined(queue, machine("small", memory_bytes=64 << 20))
    with pytest.raises(BadInput, match="processes would need about"):
        Desk(queue, roomy, ADA).submit_to(small, REQUEST)


def test_roles_decide_who_may_ask_for_and_drain_a_machine(queue: Queue, box: Machine) -> None:
    with pytest.raises(Forbidden):
        Desk(queue, TEAM, VIEWER).submit_to(box, REQUEST)
    with pytest.raises(Forbidden, match="only an admin may drain a machine"):
        Desk(queue, TEAM, ADA).drain(box)
    assert queue.store.experiments() == [] and not queue.store.machines()[0].draining
    Desk(queue, TEAM, ADMIN).drain(box)
    assert queue.store.machines()[0].draining
    Desk(queue, TEAM, ADMIN).undrain(box)
    assert not queue.store.machines()[0].draining


def test_what_waits_is_ended_at_once_and_what_runs_is_asked_to_end(queue: Queue, box: Machine) -> None:
    desk = Desk(queue, TEAM, ADA)
    first, second = desk.submit_to(box, REQUEST), desk.submit_to(box, REQUEST)
    assert (queue.place(first), queue.place(second)) == (0, 1)
    claim(queue, first)
    assert queue.place(second) == 1
    desk.stop(second)
    desk.stop(first)
    assert queue.store.experiment(second).status == "cancelled"
    assert queue.store.experiment(first).status == "running" and queue.store.stop_asked(first) == "a"


def claim(queue: Queue, number: int) -> None:
    one = queue.store.experiment(number)
    assert queue.store.claim(number, {"host": "vm"}, owners.of_fleet(one.target, one.uid))


def test_a_lost_machine_leaves_its_race_to_whoever_can_tell(queue: Queue, box: Machine, home: Home) -> None:
    """Neither a process that starts nor one that watches ends it; a user who knows better may."""
    number = Desk(queue, TEAM, ADA).submit_to(box, REQUEST)
    claim(queue, number)
    queue.recover()
    with pytest.raises(BadInput, match="which lives"):
        queue.force(number)
    joined(queue, dataclasses.replace(box, seen=datetime.now(UTC) - timedelta(minutes=5)))
    assert queue.adrift(queue.store.experiment(number))
    home.experiment(number).mkdir(parents=True)
    assert not lapsed.Lapsed(queue.store, home)._may_end(queue.store.experiment(number))
    queue.force(number)
    assert queue.store.experiment(number).status == "interrupted"


@contextlib.contextmanager
def service(home: Home) -> Iterator[Service]:
    with contextlib.closing(Service(home)) as one:
        yield one


def test_a_machine_of_ones_own_does_not_race_what_waits_for_another(home: Home) -> None:
    with service(home) as own:
        there = joined(own, machine("box"))
        number = Desk(own, Hosting()).submit_to(there, REQUEST)
        own._runner.start()
        own._runner.wake()
        assert own.wait(number, 0.5).status == "queued" and own.place(number) == 0
