"""The head of a fleet: gives what waits in the queue to machines that are free. All that it knows is in
the database, and what runs goes on without it: it may end and begin again at any time."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable

from lenet.bench import owners
from lenet.bench.recovery import FORCED
from lenet.errors import LeNetError
from lenet.fleet import dispatch
from lenet.fleet.link import Link
from lenet.fleet.roll import Roll
from lenet.fleet.watch import BEGIN, BRING, FIND, LOST, Watch
from lenet.home import Home
from lenet.records import Machine, Placed
from lenet.store import Store

LOOK_SECONDS = 1.0
ASK_TIMES, ASK_SECONDS = 30, 10.0
"""How often, and how far apart, a machine that has come back is asked for what it was racing: it may take a
minute to notice that it was lost."""
BACK = (LOST.reason, FORCED.reason)
"""Why experiments have ended here of which their machines may have more."""
RECENT = 200
"""Of so many of the newest experiments a machine that comes back may bring the rest."""

log = logging.getLogger(__name__)


class Head:
    """Serves one database as long as the link to Ray holds.

    ended: is told the number of each experiment whose end was stored here, and must return at once.
    """

    def __init__(self, store: Store, home: Home, link: Link, ended: Callable[[int], None]) -> None:
        self._store, self._home, self._link, self._ended = store, home, link, ended
        self._roll = Roll(store, link)
        self._watches: dict[int, Watch] = {}
        self._asked: Counter[int] = Counter()
        """Lost experiment -> how often its machine was asked for it."""
        self._next_ask = 0.0
        self._told = ""

    def serve(self) -> None:
        """Look every second until Ray is gone."""
        while not self._link.over():
            time.sleep(LOOK_SECONDS)
            try:
                self.look()
                self._told = ""
            except Exception as error:
                self._tell(error)  # mostly a database that is away

    def look(self) -> None:
        """Find again what runs, and begin what may begin. Raises StoreError, RemoteError."""
        self._watches = {number: one for number, one in self._watches.items() if one.goes_on}
        placed = self._store.placed()
        for one in placed:
            if one.status == "running" and one.id not in self._watches:
                self._follow(one.id, FIND)  # another head has begun it, or Ray did not answer for a while
        free = {one.id: one for one in self._roll.call({one.machine for one in self._watches.values()})}
        for uid, machine in dispatch.choose(placed, list(free.values())):
            self._begin(next(one for one in placed if one.uid == uid), free[machine])
        if time.monotonic() >= self._next_ask:
            self._bring_back(free)
            self._next_ask = time.monotonic() + ASK_SECONDS

    def close(self) -> None:
        """Watch nothing any more: what runs is kept as interrupted, with what has come of it."""
        for one in self._watches.values():
            one.leave()

    def _begin(self, one: Placed, machine: Machine) -> None:
        about = {name: getattr(machine, name) for name in ("id", "host", "cpu", "cores", "memory_bytes")}
        if self._store.claim(one.id, {**about, "gpus": list(machine.gpus)}, owners.of_fleet(machine.id, one.uid)):
            self._follow(one.id, BEGIN)

    def _follow(self, number: int, begin: str) -> None:
        experiment = self._store.experiment(number)
        self._watches[number] = Watch(self._store, self._home, self._link, experiment, begin, self._ended)

    def _bring_back(self, free: dict[str, Machine]) -> None:
        """Ask machines that have come back for what they raced when they were lost."""
        for one in self._store.experiments(RECENT):
            lost = one.status == "interrupted" and one.reason in BACK
            again = one.id not in self._watches and self._asked[one.id] < ASK_TIMES
            if lost and again and owners.machine_of(one.owner) in free:
                self._asked[one.id] += 1
                self._follow(one.id, BRING)

    def _tell(self, error: Exception) -> None:
        """Log what is tried again every second, once."""
        if str(error) != self._told:
            log.error("%s", error, exc_info=None if isinstance(error, LeNetError) else error)
        self._told = str(error)
