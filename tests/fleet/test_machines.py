"""What a machine says of itself, and what is refused that it could not race."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from lenet.analysis.circumstances import circumstance, differences
from lenet.bench import machine as hardware
from lenet.errors import BadInput
from lenet.fleet import identity, machines
from lenet.home import open_home
from lenet.records import Experiment, Machine, Request
from lenet.settings import Settings

NOW = datetime.now(UTC)
BOX = Machine(
    "b0b0", "box", "vm", seen=NOW + timedelta(days=1),  # however long the tests before this one take
    cores=4, stacks={"main": {}}, lacking={"pytorch_eager": "The stack 'torch' is missing."},
    versions={"sources": machines.sources()}, labels={"rack": "3"},
)  # fmt: skip
GPU = dataclasses.replace(BOX, id="c0c0", name="gpu1", gpus=("NVIDIA H100 80GB HBM3",))


def asked(*entries: str, **settings: object) -> Request:
    return Request(entries, Settings.parse(settings))


def test_a_machine_keeps_its_id_and_tells_it_once_it_has_joined(home: None) -> None:
    assert identity.known(open_home()) == "" and "id" not in hardware.describe()
    first = identity.made(open_home())
    assert identity.made(open_home()) == first == hardware.describe()["id"] and len(first) == 16


@pytest.mark.parametrize(
    ("machine", "request_", "sentence"),
    [
        (dataclasses.replace(BOX, seen=NOW - timedelta(minutes=5)), asked("keras_fit"), "box was last heard of at"),
        (dataclasses.replace(BOX, draining=True), asked("keras_fit"), "box is draining"),
        (dataclasses.replace(BOX, versions={"sources": "?"}), asked("keras_fit"), "other programs to race"),
        (BOX, asked("keras_fit", device="gpu"), "box has no GPU"),
        (BOX, asked("pytorch_eager"), "None of these variants can run on box: The stack 'torch' is missing."),
        (BOX, asked("keras_fit@tf216"), "box has no stack 'tf216'"),
    ],
)
def test_what_cannot_be_raced_there_is_refused_in_a_sentence(
    machine: Machine, request_: Request, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        machines.check(machine, request_)


def test_what_can_be_raced_there_is_not(home: None) -> None:
    machines.check(BOX, asked("keras_fit", "pytorch_eager"))
    machines.check(GPU, asked("keras_fit", device="gpu"))
    machines.check(dataclasses.replace(BOX, stacks={"tf216": {}}), asked("keras_fit@tf216"))


def test_machines_are_named_by_name_id_label_or_all() -> None:
    both = [BOX, GPU]
    assert machines.named(both, "gpu1", {}) == [GPU]
    assert machines.named(both, "b0b0", {}) == [BOX]
    assert machines.named(both, "gpu=h100", {}) == [GPU]
    assert machines.named(both, "rack=3", {"b0b0": 2, "c0c0": 1}) == [GPU], "the one that is free first"
    assert machines.named(both, "all", {}) == machines.named(both, "box,gpu1", {}) == both
    assert machines.named([dataclasses.replace(BOX, draining=True), GPU], "all", {}) == [GPU]


@pytest.mark.parametrize(
    ("there", "text", "sentence"),
    [
        ([], "all", "No fleet runs here"),
        ([BOX], "bax", "There is no machine 'bax'; the fleet has box"),
        ([BOX], "gpu=h100", "No machine has gpu=h100 and is free"),
        ([BOX, dataclasses.replace(GPU, name="box")], "box", "2 machines are called box; name one by its id: b0"),
        ([dataclasses.replace(BOX, seen=NOW - timedelta(hours=1))], "all", "No machine of the fleet is there"),
    ],
)  # fmt: skip
def test_an_unknown_machine_is_refused_in_a_sentence(there: list[Machine], text: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        machines.named(there, text, {})


def test_the_id_tells_circumstances_apart_and_a_machine_in_no_fleet_keeps_its_series() -> None:
    about = {"host": "vm", "cpu": "EPYC", "cores": 2}
    alone, one, other = (
        circumstance(
            Experiment(1, asked("keras_fit", threads=2), "finished", NOW, machine={**about, **more}), "keras_fit"
        )
        for more in ({}, {"id": "a" * 16}, {"id": "b" * 16})
    )
    assert len({alone.key, one.key, other.key}) == 3
    (said,) = differences(one, other)
    assert said == "Machine: vm (aaaaaa), EPYC, 2 cores against vm (bbbbbb), EPYC, 2 cores."
    assert alone.machine == "vm, EPYC, 2 cores"
    assert alone.key == "0e0630112df887c6", "as it was before there were fleets"
