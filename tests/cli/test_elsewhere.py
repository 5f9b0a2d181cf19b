"""`--on`: what the shell says of machines of a fleet; a thread stands in for the fleet's head and its machines."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lenet.bench import owners
from lenet.cli.main import main
from lenet.exchange import gather
from lenet.fleet import dispatch
from lenet.fleet.machines import sources
from lenet.home import Home
from lenet.records import Machine
from lenet.store import Store, open_store
from tests.helpers import stored

SMALL = ("--rounds", "3", "--images-per-epoch", "7040", "--threads", "1")
MS = {"box": 5.0, "gpu1": 6.5}
"""How long a batch of Keras takes on each machine; all else takes 4 ms."""
Shell = Callable[..., Result]


def machine(name: str, **values: Any) -> Machine:
    about = {"cores": 2, "memory_bytes": 64 << 30, "stacks": {"main": {}}, "versions": {"sources": sources()}}
    return Machine(name, name, "vm", datetime.now(UTC), **{**about, **values})


@pytest.fixture
def shell() -> Shell:
    return lambda *words: CliRunner().invoke(main, list(words))


def serve(home: Home, folder: Path, over: threading.Event) -> None:
    """Be the head and all machines: everything that waits is raced at once, and sent back."""
    with closing(open_store(home.database_url)) as store:
        while not over.wait(0.05):
            placed = {one.uid: one for one in store.placed()}
            for uid, name in dispatch.choose(list(placed.values()), store.machines()):
                store.claim(placed[uid].id, {"host": "vm", "id": name}, owners.of_fleet(name, uid))
                _race(store, placed[uid].id, uid, name, folder)


def _race(store: Store, number: int, uid: str, name: str, folder: Path) -> None:
    request = store.experiment(number).request
    with closing(open_store(folder / f"{uid}.db")) as node:
        times = {entry: MS[name] if entry == "keras_fit" else 4.0 for entry in request.variants}
        raced = gather(node, stored.add(node, request, times, machine={**stored.MACHINE, "id": name}))
    store.fill_experiment(uid, dataclasses.replace(raced, experiment=dataclasses.replace(raced.experiment, uid=uid)))


@pytest.fixture
def fleet(home: Home, store: Store, tmp_path: Path) -> Iterator[Store]:
    """Two machines, and a head that serves them."""
    for name in MS:
        store.show_machine(machine(name))
    over = threading.Event()
    head = threading.Thread(target=serve, args=(home, tmp_path, over))
    head.start()
    yield store
    over.set()
    head.join()


def test_a_race_on_one_machine_reads_like_one_raced_here(fleet: Store, shell: Shell) -> None:
    said = shell("run", "--on", "gpu1", *SMALL)
    assert said.exit_code == 0, said.output
    assert "Experiment 1 on gpu1." in said.output
    assert "Keras fit takes 1.6" in said.output and "On all machines" not in said.output
    assert fleet.experiment(1).target == "gpu1"


def test_on_all_is_answered_by_one_matrix(fleet: Store, shell: Shell, tmp_path: Path) -> None:
    said = shell("run", "--on", "all", "--json", str(tmp_path / "out.json"), *SMALL)
    assert said.exit_code == 0, said.output
    assert "Not the same on all machines: Keras fit takes 1.6" in said.output
    assert "box [95 %]" in said.output and "gpu1 [95 %]" in said.output
    told = json.loads((tmp_path / "out.json").read_text())
    assert told["answers"][0].startswith("Not the same") and len(told["experiments"]) == 2
    again = shell("show", "2")
    assert "Not the same on all machines" in again.output
    assert {"box", "gpu1"} <= set(shell("list").output.split())


def test_a_matrix_races_each_against_the_first_on_each_machine(fleet: Store, shell: Shell) -> None:
    names = "tensorflow_graph,keras_fit,tensorflow_function"
    said = shell("run", "--on", "gpu1", "--matrix", "--variants", names, *SMALL)
    assert said.exit_code == 0, said.output
    raced = fleet.experiments()
    assert len({one.group for one in raced}) == 1
    assert [one.request.variants for one in raced] == [
        ("tensorflow_graph", "tensorflow_function"),
        ("tensorflow_graph", "keras_fit"),
    ]
    assert said.output.count("gpu1 [95 %]") == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run", "--on", "box"), "No fleet runs here; `python -m lenet fleet start` makes one"),
        (("run", "--matrix"), "--matrix races on machines of a fleet"),
        (("run", "--on", "all", "--matrix", "--variants", "keras_fit"), "name two at least"),
        (("noise", "--only-look", "--on", "box"), "--only-look looks at this machine"),
        (("why", "counts", "keras_fit", "--on", "all"), "No fleet runs here"),
        (("why", "law", "--on", "all"), "No fleet runs here"),
    ],
)
def test_without_a_fleet_it_is_one_sentence_and_nothing_waits(
    shell: Shell, store: Store, words: tuple[str, ...], sentence: str
) -> None:
    said = shell(*words)
    assert (said.exit_code, "Traceback" in said.output) == (2, False)
    assert sentence in said.output and not store.experiments()


@pytest.mark.parametrize(
    ("there", "words", "sentence"),
    [
        ({}, ("run", "--on", "bix"), "There is no machine 'bix'; the fleet has box"),
        ({"lacking": {"keras_fit": "It has no TensorFlow."}}, ("noise", "--variant", "keras_fit", "--on", "box"),
         "None of these variants can run on box: It has no TensorFlow."),
        ({"draining": True}, ("run", "--on", "box"), "box is draining"),
    ],
)  # fmt: skip
def test_what_a_machine_cannot_race_is_one_sentence_and_nothing_waits(
    shell: Shell, store: Store, there: dict[str, Any], words: tuple[str, ...], sentence: str
) -> None:
    store.show_machine(machine("box", **there))
    said = shell(*words)
    assert (said.exit_code, "Traceback" in said.output) == (2, False)
    assert sentence in said.output and not store.experiments()
