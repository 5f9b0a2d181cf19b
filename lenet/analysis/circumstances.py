"""Under which circumstances a label was timed. Times of different circumstances never meet in one ratio.

What is compared is no part of them (variant, stack, versions, source), nor is what leaves a batch's time alone (epochs,
rounds, seed, learning rate). Memory, kernel and C library are left out too: an update of the same machine is a change
worth a mark in its history, not another machine.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lenet import catalog
from lenet.records import Experiment

UNKNOWN = "?"
MACHINE = ("host", "cpu", "cores", "gpus")
"""The fields that say which machine it was; differences in these are told in one sentence."""


@dataclass(frozen=True)
class Circumstance:
    """What must be equal for two batch times to be compared."""

    host: str
    cpu: str
    cores: str
    gpus: tuple[str, ...]
    """Their names; empty for what ran on the CPU, which no GPU beside it changes."""
    device: str
    threads: int
    allocator: str
    slices: bool
    """Whether runs took turns; without, one ran after the other."""
    sync: str
    batch_size: int
    images_per_epoch: int
    """How much memory the images fill, and with it how often a batch must be fetched from there."""

    @property
    def key(self) -> str:
        """A fingerprint, 16 hexadecimal digits: equal for equal circumstances, on every machine and Python."""
        text = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def machine(self) -> str:
        """'vm, AMD EPYC, 2 cores', with its GPUs where they were used."""
        return ", ".join((self.host, self.cpu, f"{self.cores} cores", *self.gpus))

    @property
    def title(self) -> str:
        """All of it in a line: 'vm, AMD EPYC, 2 cores · cpu · 2 threads · batch size 32 · ...'."""
        threads = f"{self.threads} thread{'s' * (self.threads != 1)}"
        size = f"batch size {self.batch_size} · {self.images_per_epoch:,} images"
        how = (f"{self.allocator} allocator", _slices(self), f"waits per {self.sync}")
        return " · ".join((self.machine, self.device, threads, size, *how))


def circumstance(experiment: Experiment, label: str) -> Circumstance:
    """The circumstances of a label's runs. Raises BadInput when the label's own settings are wrong.

    Of an experiment that was never started the machine is not known.
    """
    settings = catalog.settings_of(label, experiment.request.settings)
    machine = experiment.machine
    return Circumstance(
        host=_known(machine, "host"),
        cpu=_known(machine, "cpu"),
        cores=_known(machine, "cores"),
        gpus=tuple(map(str, machine.get("gpus") or ())) if settings.device == "gpu" else (),
        device=settings.device,
        threads=settings.threads,
        allocator=settings.allocator,
        slices=settings.slice_ms > 0,
        sync=settings.sync,
        batch_size=settings.batch_size,
        images_per_epoch=settings.images_per_epoch,
    )


def _known(machine: Mapping[str, Any], name: str) -> str:
    return str(machine.get(name) or UNKNOWN)


def differences(a: Circumstance, b: Circumstance, but: Collection[str] = ()) -> list[str]:
    """A sentence for each circumstance in which a and b differ, the machine first; none when they may be compared.

    but: names of fields that may differ.
    """
    return list(_differences(a, b, but))


def _differences(a: Circumstance, b: Circumstance, but: Collection[str]) -> Iterator[str]:
    def differ(name: str) -> bool:
        return name not in but and getattr(a, name) != getattr(b, name)

    if any(differ(name) for name in MACHINE):
        yield f"Machine: {a.machine} against {b.machine}."
    for name, noun in _NOUNS.items():
        if differ(name):
            yield f"{noun}: {getattr(a, name)} against {getattr(b, name)}."
    if differ("slices"):
        yield f"Turns: {_slices(a)} against {_slices(b)}."


_NOUNS = {
    "device": "Device",
    "threads": "Threads",
    "allocator": "Memory allocator",
    "sync": "Wait for the result",
    "batch_size": "Batch size",
    "images_per_epoch": "Images per epoch",
}


def _slices(found: Circumstance) -> str:
    return "in slices" if found.slices else "one run after the other"
