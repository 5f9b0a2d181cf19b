"""Races whose process has given no sign of life for a while, and of which no lock tells.

Only this process's own clock counts the time, from when it first saw the last sign: machines' clocks
differ. A race is ended here only where its tapes are, so that no batch is lost.
"""

from __future__ import annotations

import time
from datetime import datetime

from lenet.bench import owners, recovery
from lenet.bench.owners import Life
from lenet.home import Home
from lenet.records import Experiment
from lenet.store import Store

LEASE_SECONDS = 40.0
"""After so long without a sign of life a process counts as gone: eight signs missed."""


class Lapsed:
    """Watches the signs of life of all running experiments of a database."""

    def __init__(self, store: Store, home: Home) -> None:
        self._store, self._home = store, home
        self._seen: dict[int, tuple[datetime, float]] = {}

    def forget(self) -> None:
        """Begin anew: while the database was away nobody could give a sign."""
        self._seen.clear()

    def look(self) -> list[int]:
        """End what has lapsed, with every batch on its tapes; the numbers of what was ended. Raises
        StoreError."""
        ended = []
        running = {e.id: e for e in self._store.running() if e.beat}
        self._seen = {number: seen for number, seen in self._seen.items() if number in running}
        for number, experiment in running.items():
            assert experiment.beat
            beat, since = self._seen.get(number, (None, 0.0))
            if beat != experiment.beat:
                self._seen[number] = (experiment.beat, time.monotonic())
            elif time.monotonic() - since > LEASE_SECONDS and self._may_end(experiment):
                recovery.settle(self._store, self._home, experiment, recovery.LOST)
                ended.append(number)
        return ended

    def _may_end(self, experiment: Experiment) -> bool:
        if owners.machine_of(experiment.owner):
            return False  # its tapes here are copies; the head ends it, which hears of the machine
        here = self._home.experiment(experiment.id).exists()
        return here and recovery.life(self._store, self._home, experiment) is Life.UNKNOWN
