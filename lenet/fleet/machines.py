"""What a machine says of itself to its fleet, whether it is there, and what can be raced on it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from lenet import catalog, program, stacks
from lenet.bench import machine as hardware
from lenet.catalog import Entry
from lenet.errors import BadInput
from lenet.fleet import identity
from lenet.home import Home
from lenet.records import Machine, Request

__all__ = ["Machine", "check", "here", "is_there", "sources", "why_not"]

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


def sources() -> str:
    """A fingerprint of all variants that ship: machines where it differs race other programs."""
    shipped = {**catalog.VARIANTS, **catalog.RUNGS}
    told = "\n".join(f"{name} {one.source_hash()}" for name, one in sorted(shipped.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def is_there(machine: Machine, now: datetime | None = None) -> bool:
    """Whether it has given a sign of life lately."""
    return (now or datetime.now(UTC)) - machine.seen < HEARD


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
