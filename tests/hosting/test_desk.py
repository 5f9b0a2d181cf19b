"""Who may do what, as a table: at the desk, with a store behind it, and what a refusal leaves behind."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from lenet.bench.queue import Queue
from lenet.errors import Forbidden
from lenet.exchange import as_parquet, gather
from lenet.hosting import identity
from lenet.hosting.config import Hosting
from lenet.hosting.desk import Desk
from lenet.hosting.identity import Role, User
from lenet.hosting.policy import Action
from lenet.records import Annotation, Request
from lenet.settings import Settings
from lenet.store import open_store
from tests.helpers import stored

TEAM = Hosting(mode="hosted", auth="optional", public_url="https://bench.example.org/lenet")
ADA, BO = User("ada@example.org", Role.RUNNER), User("bo@example.org", Role.RUNNER)
VIEWER, ADMIN = User("vi@example.org", Role.VIEWER), User("al@example.org", Role.ADMIN)
ALL = (identity.NOBODY, identity.ANONYMOUS, VIEWER, BO, ADA, ADMIN)
REQUEST = Request(
    ("numpy_reference",), Settings.parse({"rounds": 1, "images_per_epoch": 320}), submitter="ada@example.org"
)
MINE, ANYBODY = (ADA, ADMIN), (ADA, BO, ADMIN)


class Installer:
    """It notes what is built."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    def start(self, stack: str) -> None:
        self.begun.append(stack)


def queued(queue: Queue) -> int:
    return queue.store.add_experiment(REQUEST, "")


def over(queue: Queue) -> int:
    number = queued(queue)
    queue.store.withdraw(number, "cancelled", "")
    return number


def bundle(queue: Queue, tmp_path: Any) -> Any:
    """An experiment of Ada's that was raced elsewhere."""
    with closing(open_store(f"sqlite:///{tmp_path / 'elsewhere.db'}")) as elsewhere:
        number = stored.add(
            elsewhere, dataclasses.replace(REQUEST, variants=("numpy_reference", "keras_fit")), lambda entry: 2.0
        )
        return gather(elsewhere, number)


TABLE: dict[Action, tuple[Callable[[Queue], int], Callable[[Desk, int], Any], tuple[User, ...]]] = {
    Action.START: (lambda queue: 0, lambda desk, _: desk.submit(REQUEST), ANYBODY),
    Action.STOP: (queued, lambda desk, number: desk.stop(number), MINE),
    Action.FORCE: (queued, lambda desk, number: desk.force(number), (ADMIN,)),
    Action.ANNOTATE: (over, lambda desk, number: desk.annotate(number, Annotation("t", "n", ())), MINE),
    Action.DELETE: (over, lambda desk, number: desk.delete(number), (ADMIN,)),
    Action.INSTALL: (lambda queue: 0, lambda desk, _: desk.install(Installer(), "tf1"), (ADMIN,)),  # type: ignore[arg-type]
}
"""Action -> what it needs, how it is asked for, and who may: an experiment is Ada's."""


def state(queue: Queue) -> Any:
    """All that a refused action must leave as it is."""
    every = queue.store.experiments()
    return every, queue.store.annotations(one.id for one in every)


@pytest.mark.parametrize("user", ALL, ids=lambda user: user.name.partition("@")[0])
@pytest.mark.parametrize("action", TABLE)
def test_what_a_user_may_do(queue: Queue, action: Action, user: User) -> None:
    make, do, allowed = TABLE[action]
    number = make(queue)
    before = state(queue)
    desk = Desk(queue, TEAM, user)
    if user in allowed:
        try:
            do(desk, number)
        except Forbidden:
            pytest.fail(f"{user.name} may {action}")
        except Exception:  # such as: it lives, so it is not ended by force
            assert action is Action.FORCE
        return
    with pytest.raises(Forbidden, match=r"^[^\n]*\.$"):
        do(desk, number)
    assert state(queue) == before
    (entry,) = queue.store.audit()
    assert (entry.user, entry.action, entry.outcome) == (user.name, action, "refused")


@pytest.mark.parametrize("user", ALL, ids=lambda user: user.name.partition("@")[0])
def test_who_imports_owns(queue: Queue, tmp_path: Any, user: User) -> None:
    file = tmp_path / "brought.parquet"
    file.write_bytes(as_parquet(bundle(queue, tmp_path)))
    desk = Desk(queue, TEAM, user)
    if user not in ANYBODY:
        with pytest.raises(Forbidden):
            desk.import_(tmp_path / "not there")  # a file of a stranger is not even looked for
        assert queue.store.experiments() == []
        return
    number = desk.import_(file)
    one = queue.store.experiment(number)
    assert [desk.may(Action.ANNOTATE, one), Desk(queue, TEAM, BO).may(Action.ANNOTATE, one)] == [True, user is BO]
    (entry,) = queue.store.audit()
    assert (entry.user, entry.action, entry.experiment_id) == (user.name, Action.IMPORT, number)


def test_an_experiment_is_its_askers_whatever_a_request_says(queue: Queue) -> None:
    number = Desk(queue, TEAM, BO).submit(REQUEST)
    assert queue.store.experiment(number).request.submitter == BO.name


@pytest.mark.parametrize(
    ("user", "said"), [(identity.LOCAL, "It was stopped."), (ADMIN, f"It was stopped by {ADMIN.name}.")]
)
def test_who_stopped_it_is_said_where_there_are_others(queue: Queue, user: User, said: str) -> None:
    number = queued(queue)
    Desk(queue, TEAM, user).stop(number)
    assert queue.store.experiment(number).reason == said
