"""What a machine says of itself to its fleet, whether it is there, and what can be raced on it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from lenet import catalog, program, stacks
from lenet.bench import machine as hardware
from lenet.catalog import Entry
from lenet.errors import BadInput
from lenet.fleet import identity
from lenet.home import Home
from lenet.records import Machine, Request

__all__ = ["Machine", "check", "here", "is_there", "named", "sources", "why_not"]

ALL = "all"
"""In place of a machine's name: every one that is there."""
HEARD = timedelta(seconds=90)
"""A machine that has given no sign of life for so long is not there."""


def here(home: Home, name: str = "", labels: Mapping[str, str] | None = None) -> Machine:
    """This machine, as it joins a fleet: its id is made and kept. Raises StoreError.

    It takes some seconds: all its stacks are looked into.
    """
    about = hardware.describe()
    shipped = {**catalog.VARIANTS, **catalog.RUNGS}
    states = {stack: stacks.state(stack) for stack in stacks.known(home)}
    seen = {variant: stacks.availability(one) for variant, one in shipped.items()}
    return Machine(
        id=identity.made(home),
        name=name or about["host"],
        host=about["host"],
        seen=datetime.now(UTC),
        cpu=about["cpu"],
        cores=about["cores"],
        memory_bytes=about["memory_bytes"],
        gpus=tuple(about["gpus"]),
        stacks={stack: state.versions for stack, state in states.items() if state.usable},
        lacking={variant: one.reason for variant, one in seen.items() if not one.available},
        versions={"lenet": program.version(), "python": about["python"], "sources": sources()},
        labels=dict(labels or {}),
        load=hardware.load(),
    )


@lru_cache(maxsize=1)
def sources() -> str:
    """A fingerprint of all variants that ship: machines where it differs race other programs.

    It is read once in a process, as hundreds of files are.
    """
    shipped = {**catalog.VARIANTS, **catalog.RUNGS}
    told = "\n".join(f"{name} {one.source_hash()}" for name, one in sorted(shipped.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def is_there(machine: Machine, now: datetime | None = None) -> bool:
    """Whether it has given a sign of life lately."""
    return (now or datetime.now(UTC)) - machine.seen < HEARD


def named(machines: Sequence[Machine], text: str, busy: Mapping[str, int]) -> list[Machine]:
    """The machines that a text names: a name or an id; a label (gpu=h100, rack=3), which is the least busy that
    has it; several of these between commas; or all that are there and do not drain.

    busy: machine id -> experiments that wait for it or run there. Raises BadInput.
    """
    if not machines:
        raise BadInput("No fleet runs here; `python -m lenet fleet start` makes one, or leave --on out to race here.")
    if text.strip() == ALL:
        if ready := [one for one in machines if is_there(one) and not one.draining]:
            return ready
        raise BadInput("No machine of the fleet is there and free to race; `python -m lenet fleet status` shows them.")
    words = [word.strip() for word in text.split(",") if word.strip()]
    found = {one.id: one for one in (_named(machines, word, busy) for word in words)}
    if not found:
        raise BadInput("Name a machine with --on, or all; `python -m lenet fleet status` shows them.")
    return list(found.values())


def _named(machines: Sequence[Machine], word: str, busy: Mapping[str, int]) -> Machine:
    if "=" in word:
        fitting = [one for one in machines if is_there(one) and not one.draining and _has(one, *word.split("=", 1))]
        if not fitting:
            raise BadInput(f"No machine has {word} and is free to race; `python -m lenet fleet status` shows them.")
        return min(fitting, key=lambda one: busy.get(one.id, 0))
    found = [one for one in machines if word in (one.name, one.id)]
    if len(found) > 1:
        ids = ", ".join(one.id for one in found)
        raise BadInput(f"{len(found)} machines are called {word}; name one by its id: {ids}.")
    if not found:
        raise BadInput(f"There is no machine {word!r}; the fleet has {', '.join(one.name for one in machines)}.")
    return found[0]


def _has(machine: Machine, key: str, value: str) -> bool:
    """Whether a machine has a label; gpu= asks for a part of a GPU's name."""
    if key == "gpu" and any(value.casefold() in name.casefold() for name in machine.gpus):
        return True
    return machine.labels.get(key, "").casefold() == value.casefold()


def why_not(machine: Machine, entry: str) -> str:
    """Why an entry cannot be raced on a machine, in a sentence; '' where it can. Raises BadInput for
    one that is none."""
    variant = catalog.variant(entry)
    if variant.path:
        return f"{variant.name} is a program of your own, and {machine.name} has only those that ship; race it here."
    if Entry.parse(entry).stack and variant.stack not in machine.stacks:
        has = f"{machine.name} has no stack {variant.stack!r}"
        return f"{has}; `python -m lenet stacks install {variant.stack}` there builds it."
    own_stack = {**catalog.VARIANTS, **catalog.RUNGS}[variant.name].stack == variant.stack
    return machine.lacking.get(variant.name, "") if own_stack else ""


def check(machine: Machine, request: Request) -> None:
    """Raise BadInput for what cannot be raced on a machine as it was asked for."""
    if not is_there(machine):
        raise BadInput(
            f"{machine.name} was last heard of at {machine.seen:%Y-%m-%d %H:%M} UTC; start it, or race here."
        )
    if machine.draining:
        raise BadInput(f"{machine.name} is draining, so it begins nothing; name another machine, or let it race again.")
    if machine.versions.get("sources", "") != sources():
        raise BadInput(f"{machine.name} has other programs to race than this machine; bring both to one version.")
    if request.settings.device == "gpu" and not machine.gpus:
        raise BadInput(f"{machine.name} has no GPU; choose the device cpu, or another machine.")
    reasons = [why_not(machine, entry) for entry in request.variants]
    if all(reasons):
        raise BadInput(f"None of these variants can run on {machine.name}: {reasons[0]}")
