"""Which machines of the fleet are there, and what they say of themselves, kept in the database."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from lenet.errors import RemoteError, StoreError
from lenet.fleet.link import Link
from lenet.records import Machine
from lenet.store import Store

HEAR_SECONDS = 10.0
"""Between two signs of life of a machine in the database."""
DESCRIBE_SECONDS = 600.0
"""Between two descriptions of a machine, which take it some seconds: it may have other stacks by then."""
AGAIN_SECONDS = 20.0
"""After so long a machine that did not describe itself is asked again."""
PATIENCE = 150.0


class Roll:
    """The machines of one head. `call` is for one thread at a time."""

    def __init__(self, store: Store, link: Link) -> None:
        self._store, self._link = store, link
        self._due: dict[str, float] = {}
        """Machine -> when its next description is due; only of those that are there."""
        self._asked: set[str] = set()
        """Machines that describe themselves now, and race nothing meanwhile."""
        self._known: set[str] = set()
        """Machines that are there and have described themselves since they came."""
        self._heard = -HEAR_SECONDS

    def call(self, racing: Collection[str]) -> list[Machine]:
        """The machines that may begin something now. racing: those that race, which are left alone.

        Raises RemoteError, StoreError.
        """
        seen = self._link.ask("machines")
        there = set(seen["there"])
        for one in seen["left"]:
            self._store.remove_machine(one)
        self._known &= there
        self._due = {one: self._due.get(one, 0.0) for one in there}
        self._hear(there)
        for one in there - self._asked - set(racing):
            if time.monotonic() >= self._due[one]:
                self._asked.add(one)
                threading.Thread(target=self._describe, args=(one,), daemon=True).start()
        ready = self._known - self._asked
        return [one for one in self._store.machines() if one.id in ready]

    def _hear(self, there: Collection[str]) -> None:
        if time.monotonic() - self._heard < HEAR_SECONDS:
            return
        for one in self._store.machines():
            if one.id in there:
                self._store.hear_machine(one.id, one.load)
        self._heard = time.monotonic()

    def _describe(self, machine: str) -> None:
        again = AGAIN_SECONDS
        with contextlib.suppress(RemoteError, StoreError):
            self._store.show_machine(_machine(self._link.ask("describe", PATIENCE, machine=machine)))
            self._known.add(machine)
            again = DESCRIBE_SECONDS
        self._due[machine] = time.monotonic() + again
        self._asked.discard(machine)


def _machine(told: dict[str, Any]) -> Machine:
    # By this machine's clock: those of a fleet differ.
    return Machine(**{**told, "gpus": tuple(told["gpus"]), "seen": datetime.now(UTC)})
