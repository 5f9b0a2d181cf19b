"""The head without Ray: what it makes of races that end, are refused, stopped or lost, and of a database that is
away."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lenet.bench import live
from lenet.errors import LostError, StoreError
from lenet.exchange import Bundle, gather
from lenet.fleet import head as heads
from lenet.fleet import watch
from lenet.fleet.head import Head
from lenet.home import Home
from lenet.records import FLEET, UNFINISHED, Request
from lenet.settings import Settings
from lenet.store import Store, open_store
from tests.helpers import stored, tapes
from tests.helpers.rays import Rays, state, told

REQUEST = Request(("numpy_reference",), Settings.parse({"rounds": 1}))
FOLDER = "r1-numpy_reference"
PATIENCE = 20.0


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two looks."""
    for name in ("LOOK_SECONDS", "UNWATCHED_SECONDS", "BEAT_SECONDS", "RETRY_SECONDS"):
        monkeypatch.setattr(watch, name, 0.01)
    monkeypatch.setattr(heads, "ASK_SECONDS", 0.0)


@pytest.fixture
def link() -> Rays:
    return Rays("one")


@pytest.fixture
def ended() -> list[int]:
    """The numbers of the experiments whose end was told."""
    return []


@pytest.fixture
def head(store: Store, home: Home, link: Rays, ended: list[int]) -> Iterator[Head]:
    made = Head(store, home, link, ended.append)  # type: ignore[arg-type]
    yield made
    link.gone = True
    made.close()


def submit(store: Store, target: str = "one") -> tuple[int, str]:
    number = store.add_experiment(REQUEST, FLEET, target=target)
    return number, store.experiment(number).uid


def until(head: Head, true: Callable[[], bool]) -> None:
    """Let the head look until something is true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        head.look()
        time.sleep(0.01)


def over(store: Store, number: int) -> Callable[[], bool]:
    return lambda: store.experiment(number).status not in UNFINISHED


def bundle(folder: Path, uid: str) -> Bundle:
    """What a machine has of an experiment."""
    folder.mkdir()
    with closing(open_store(folder / "node.db")) as node:
        found = gather(node, stored.add(node, REQUEST, {"numpy_reference": 3.0}))
    return dataclasses.replace(found, experiment=dataclasses.replace(found.experiment, uid=uid))


def test_a_race_is_mirrored_while_it_runs_and_its_bundle_takes_its_place(
    store: Store, home: Home, link: Rays, head: Head, ended: list[int], tmp_path: Path
) -> None:
    number, uid = submit(store)
    link.polls[uid] = state(told(), stage="starting", rows={FOLDER: tapes.tape([3.0] * 5)})
    until(head, lambda: store.run_states(number) != [] and live.stage(home, number) == "starting")
    (run,) = store.run_states(number)
    assert (run.status, len(live.read_tape(home, run))) == ("running", 5)
    assert store.experiment(number).owner == f"fleet:one:{uid}"
    link.bundles[uid], link.ends[uid] = bundle(tmp_path / "node", uid), ""
    until(head, lambda: ended == [number])
    (run,) = store.runs(number)
    assert store.experiment(number).status == run.status == "finished"
    assert store.batches(run.id).tobytes() == link.bundles[uid].batches[1].tobytes()
    assert not home.experiment(number).exists() and ("release", {"uid": uid}) in link.asked


def test_a_machine_races_one_at_a_time_and_what_waits_for_another_goes_on_waiting(
    store: Store, link: Rays, head: Head, ended: list[int]
) -> None:
    first, uid = submit(store)
    second, _ = submit(store)
    elsewhere, _ = submit(store, "two")
    until(head, lambda: store.experiment(first).status == "running")
    head.look()
    assert [store.experiment(one).status for one in (second, elsewhere)] == ["queued", "queued"]
    link.ends[uid] = "It is refused."
    until(head, lambda: store.experiment(second).status == "running")
    assert (store.experiment(first).status, store.experiment(first).reason) == ("failed", "It is refused.")
    assert ended == [first] and store.experiment(elsewhere).status == "queued"


def test_a_race_is_stopped_in_the_name_of_who_asked(store: Store, link: Rays, head: Head, tmp_path: Path) -> None:
    number, uid = submit(store)
    link.bundles[uid] = bundle(tmp_path / "node", uid)
    until(head, lambda: store.experiment(number).status == "running")
    store.ask_to_stop(number, "Ada")
    until(head, over(store, number))
    assert ("stop", {"uid": uid, "who": "Ada"}) in link.asked


def test_a_lost_machine_leaves_what_was_seen_and_brings_the_rest_when_it_is_back(
    store: Store, link: Rays, head: Head, tmp_path: Path
) -> None:
    number, uid = submit(store)
    link.polls[uid] = state(told(), rows={FOLDER: tapes.tape([3.0] * 5)})
    until(head, lambda: store.run_states(number) != [])
    link.there.clear()
    link.ends[uid] = LostError("It died.")
    until(head, over(store, number))
    assert (store.experiment(number).status, store.experiment(number).reason) == ("interrupted", watch.LOST.reason)
    (run,) = store.runs(number)
    assert (run.status, run.batch_count) == ("interrupted", 5)
    link.bundles[uid] = bundle(tmp_path / "node", uid)
    link.there.append("one")
    until(head, lambda: store.experiment(number).status == "finished")


def test_what_another_head_began_is_found_again(store: Store, home: Home, link: Rays, head: Head) -> None:
    number, uid = submit(store)
    until(head, lambda: store.experiment(number).status == "running")
    again = Rays("one")
    again.polls[uid] = state(told(), rows={FOLDER: tapes.tape([3.0] * 5)})
    other = Head(store, home, again, lambda number: None)  # type: ignore[arg-type]
    until(other, lambda: store.run_states(number) != [])
    assert ("find", {"uid": uid}) in again.asked and store.experiment(number).status == "running"
    again.gone = True
    other.close()


def test_what_a_head_began_and_is_nowhere_is_lost(store: Store, home: Home, link: Rays, head: Head) -> None:
    number, _ = submit(store)
    until(head, lambda: store.experiment(number).status == "running")
    other = Head(store, home, Rays("one"), lambda number: None)  # type: ignore[arg-type]
    until(other, over(store, number))
    assert store.experiment(number).reason == watch.LOST.reason
    other.close()


def test_a_head_that_ends_keeps_what_was_seen(store: Store, link: Rays, head: Head) -> None:
    number, uid = submit(store)
    link.polls[uid] = state(told(), rows={FOLDER: tapes.tape([3.0] * 5)})
    until(head, lambda: store.run_states(number) != [])
    head.close()
    assert store.experiment(number).status == "interrupted" and store.runs(number)[0].batch_count == 5
    assert ("release", {"uid": uid}) in link.asked


def test_a_database_that_is_away_at_the_end_is_waited_for(
    store: Store, link: Rays, head: Head, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, uid = submit(store)
    until(head, lambda: store.experiment(number).status == "running")
    fill, tries = store.fill_experiment, []

    def refuse(*arguments: Any) -> int:
        tries.append(arguments)
        if len(tries) < 3:
            raise StoreError("It is away.")
        return fill(*arguments)

    monkeypatch.setattr(store, "fill_experiment", refuse)
    link.bundles[uid], link.ends[uid] = bundle(tmp_path / "node", uid), ""
    until(head, over(store, number))
    assert store.experiment(number).status == "finished" and len(tries) == 3


def test_what_was_ended_by_force_is_let_go(store: Store, link: Rays, head: Head) -> None:
    number, uid = submit(store)
    until(head, lambda: store.experiment(number).status == "running")
    store.end_experiment(number, "cancelled", "By hand.")
    until(head, lambda: ("release", {"uid": uid}) in link.asked)
    assert store.experiment(number).reason == "By hand."


def test_an_end_without_a_bundle_is_said(store: Store, link: Rays, head: Head) -> None:
    number, uid = submit(store)
    link.ends[uid] = ""
    until(head, over(store, number))
    assert store.experiment(number).status == "failed" and "knows nothing of it" in store.experiment(number).reason


def test_losses_that_are_read_late_reach_the_mirror(store: Store, home: Home, link: Rays, head: Head) -> None:
    number, uid = submit(store)
    rows = tapes.tape([3.0] * 5, loss=[0.5, 0.4, np.nan, np.nan, np.nan])
    link.polls[uid] = state(told(), rows={FOLDER: rows})
    until(head, lambda: store.run_states(number) != [])
    later = tapes.tape([3.0] * 6, loss=0.1)
    link.polls[uid] = state(told(), rows={FOLDER: later})
    (run,) = store.run_states(number)
    until(head, lambda: len(live.read_tape(home, run)) == 6)
    assert list(live.read_tape(home, run)["loss"]) == [0.5, 0.4, 0.1, 0.1, 0.1, 0.1]
