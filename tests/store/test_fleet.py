"""The machines of the fleet in both databases: what they say of themselves, who takes what, and what they send back."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lenet.bench import owners
from lenet.errors import BadInput, Missing, StoreError
from lenet.exchange import Bundle, as_parquet, gather, read_parquet
from lenet.fleet import dispatch
from lenet.records import ANY_RUNNER, FLEET, Annotation, Machine, Request
from lenet.settings import Settings
from lenet.store import Store, open_store
from tests.helpers import stored

REQUEST = Request(("numpy_reference", "keras_fit"), Settings.parse({"rounds": 2}), submitter="ada")
TIMES = {"numpy_reference": 3.0, "keras_fit": 2.0}
NOW = datetime.now(UTC)
ONE = Machine("one", "box", "vm", NOW, cores=2, gpus=("H100",), stacks={"main": {"keras": "3"}}, labels={"rack": "3"})
MEASURED = ("round", "label", "variant", "status", "facts", "phases", "load", "evidence", "started", "ended")


def test_a_machine_is_kept_as_it_described_itself_and_drains_until_it_is_told_otherwise(store: Store) -> None:
    store.show_machine(ONE)
    store.set_draining("one", True)
    store.show_machine(dataclasses.replace(ONE, name="box2", cores=4))
    assert store.machines() == [dataclasses.replace(ONE, name="box2", cores=4, draining=True)]
    assert store.hear_machine("one", {"load_1min": 3.0}) and not store.hear_machine("two", {})
    (heard,) = store.machines()
    assert heard.load == {"load_1min": 3.0} and heard.seen > NOW and heard.draining
    with pytest.raises(Missing, match="No machine two"):
        store.set_draining("two", True)
    store.remove_machine("one")
    assert store.machines() == []


def test_what_waits_for_a_machine_is_taken_by_no_runner_and_by_one_head(store: Store) -> None:
    number = store.add_experiment(REQUEST, FLEET, target="one", group="ab" * 16)
    assert store.waiting(("host:1:b:t", ANY_RUNNER)) == []
    (placed,) = store.placed()
    assert (placed.id, placed.target, placed.submitter, placed.device) == (number, "one", "ada", "cpu")
    owner = owners.of_fleet("one", placed.uid)
    assert store.claim(number, {}, owner) and not store.claim(number, {}, owner)
    assert owners.machine_of(store.experiment(number).owner) == "one"
    (placed,) = store.placed()
    assert placed.status == "running" and placed.served is not None
    assert [one.id for one in store.of_group("ab" * 16)] == [number]


def test_a_submitter_was_served_when_the_machine_last_began_for_them(store: Store) -> None:
    for target in ("one", "two"):
        store.add_experiment(REQUEST, FLEET, target=target)
    store.claim(1, {}, owners.of_fleet("one", "x"))
    store.end_experiment(1, "finished")
    store.add_experiment(REQUEST, FLEET, target="one")
    assert [(one.target, one.served is None) for one in store.placed()] == [("two", True), ("one", False)]


def test_everything_asked_for_is_claimed_once(store: Store) -> None:
    """As the head does it: look, choose, claim. Two heads at once, as where one is started anew."""
    machines = [dataclasses.replace(ONE, id=f"m{place}") for place in range(3)]
    for place in range(12):
        store.add_experiment(REQUEST, FLEET, target=f"m{place % 3}")
    begun: list[int] = []

    def head() -> None:
        while placed := store.placed():
            numbers = {one.uid: one.id for one in placed}
            for uid, machine in dispatch.choose(placed, machines):
                if store.claim(numbers[uid], {}, owners.of_fleet(machine, uid)):
                    begun.append(numbers[uid])
                    store.end_experiment(numbers[uid], "finished")

    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(head) for _ in range(2)]:
            done.result()
    assert sorted(begun) == list(range(1, 13))


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """What a node sends back: an experiment in its own database, through its file."""
    with closing(open_store(tmp_path / "node.db")) as node:
        number = stored.add(node, dataclasses.replace(REQUEST, submitter="local"), TIMES)
        (file := tmp_path / "file.parquet").write_bytes(as_parquet(gather(node, number)))
    return read_parquet(file)


def given(store: Store, bundle: Bundle) -> int:
    uid = bundle.experiment.uid
    store.add_experiment(REQUEST, "nobody:1:0")  # so that numbers differ from the node's
    return store.add_experiment(REQUEST, FLEET, uid=uid, target="one")


def test_what_a_node_sends_back_stands_here_as_it_stands_there(store: Store, bundle: Bundle) -> None:
    number, uid = given(store, bundle), bundle.experiment.uid
    store.claim(number, {}, owners.of_fleet("one", uid))
    # What was seen of it meanwhile is replaced; what users wrote stays.
    store.add_run(number, round=1, label="keras_fit", variant="keras_fit", stack="main", source_hash="", folder="r1")
    store.annotate(number, Annotation("mine"))
    assert store.fill_experiment(uid, bundle) == number
    runs = store.runs(number)
    assert [[getattr(run, name) for name in MEASURED] for run in runs] == [
        [getattr(run, name) for name in MEASURED] for run in bundle.runs
    ]
    for run, there in zip(runs, bundle.runs, strict=True):
        assert store.batches(run.id).tobytes() == bundle.batches[there.id].tobytes()
    done = store.experiment(number)
    assert (done.status, done.ended, done.machine) == ("finished", bundle.experiment.ended, bundle.experiment.machine)
    assert (done.request.submitter, done.target, done.origin) == ("ada", "one", {})
    assert store.annotation(number).title == "mine"
    again = gather(store, number)
    assert again.parities == bundle.parities and [e.test_loss for e in again.epochs] == [
        e.test_loss for e in bundle.epochs
    ]


def test_the_same_bundle_once_more_changes_nothing(store: Store, bundle: Bundle) -> None:
    number, uid = given(store, bundle), bundle.experiment.uid
    store.fill_experiment(uid, bundle)
    before = store.runs(number)
    assert store.fill_experiment(uid, bundle) == number and store.runs(number) == before


def test_a_machine_that_was_lost_may_still_send_what_it_has(store: Store, bundle: Bundle) -> None:
    number, uid = given(store, bundle), bundle.experiment.uid
    store.claim(number, {}, owners.of_fleet("one", uid))
    store.end_experiment(number, "interrupted", "The machine was lost.")
    store.fill_experiment(uid, bundle)
    assert store.experiment(number).status == "finished"
    later = dataclasses.replace(bundle.experiment, ended=NOW + timedelta(hours=1), status="failed")
    with pytest.raises(StoreError, match="is finished"):
        store.fill_experiment(uid, dataclasses.replace(bundle, experiment=later))


def test_only_what_was_given_to_a_machine_is_completed(store: Store, bundle: Bundle) -> None:
    uid = bundle.experiment.uid
    with pytest.raises(Missing, match="was given to a machine"):
        store.fill_experiment(uid, bundle)
    store.add_experiment(REQUEST, "nobody:1:0", uid=uid)
    with pytest.raises(Missing, match="was given to a machine"):
        store.fill_experiment(uid, bundle)
    with pytest.raises(BadInput, match="was raced there"):
        store.fill_experiment("f" * 32, bundle)


def test_a_race_of_another_machine_says_nothing_about_this_one(store: Store, bundle: Bundle) -> None:
    given(store, bundle)
    store.fill_experiment(bundle.experiment.uid, bundle)
    assert store.newest_run("keras_fit", "main") is None


def test_what_waits_for_a_machine_outlives_a_restored_backup(store: Store, tmp_path: Path, other_url: str) -> None:
    store.show_machine(ONE)
    store.add_experiment(REQUEST, FLEET, target="one")
    store.backup(tmp_path / "all.zip")
    with closing(open_store(other_url)) as other:
        other.restore(tmp_path / "all.zip")
        assert [one.target for one in other.placed()] == ["one"] and other.machines() == store.machines()
