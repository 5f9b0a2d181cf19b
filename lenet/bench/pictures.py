"""The newest picture of each race that somebody watches: one for all viewers of a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from lenet.analysis.growing.window import Window
from lenet.bench import machine
from lenet.bench.picture import Content, Painter, unpacked
from lenet.bench.queue import Queue
from lenet.records import Experiment

SECONDS = 0.9
"""For so long a picture is the newest: readers ask once a second, each at a moment of its own."""
FORGET_SECONDS = 60.0
"""After so long without a reader what was known of a race is forgotten."""


@dataclass
class _Watched:
    """One race: its newest picture, and what makes the next one, where that happens here."""

    experiment: Experiment
    lock: threading.Lock = field(default_factory=threading.Lock)
    at: float = 0.0
    version: int = -1
    body: bytes = b""
    fetched: bool = False
    """Whether the one who races it makes the pictures."""
    painter: Painter | None = None


class Pictures:
    """Keeps the newest picture of each race, made or fetched once a second however many ask.

    A picture that whoever races it has put into the database is taken from there, so that every
    replica shows the same. Where there is none, it is made here, of the tapes that are here.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._lock = threading.Lock()
        self._watched: dict[int, _Watched] = {}

    def newest(self, experiment: Experiment) -> bytes:
        """The picture of a running experiment, packed; the same object until there is another.

        Raises StoreError.
        """
        watched = self._of(experiment)
        with watched.lock:
            if time.monotonic() - watched.at >= SECONDS or not watched.body:
                self._renew(watched)
                watched.at = time.monotonic()
            return watched.body

    def content(self, experiment: Experiment) -> Content:
        """The same, unpacked. Raises StoreError."""
        return unpacked(self.newest(experiment))

    def zoomed(self, experiment: Experiment, windows: Mapping[str, Window]) -> bytes:
        """The curves inside one reader's windows, packed; b"" where the tapes are not here.

        Then the reader sees the points of the picture: another replica would have to ask for the
        tape itself, a hundred times the size of a picture. Raises StoreError.
        """
        watched = self._of(experiment)
        with watched.lock:
            return watched.painter.zoomed(windows) if windows and watched.painter else b""

    def _of(self, experiment: Experiment) -> _Watched:
        now = time.monotonic()
        with self._lock:
            for number, other in list(self._watched.items()):
                if other.at and now - other.at > FORGET_SECONDS:
                    del self._watched[number]
            watched = self._watched.setdefault(experiment.id, _Watched(experiment))
            watched.experiment = experiment
            return watched

    def _renew(self, watched: _Watched) -> None:
        experiment = watched.experiment
        found = self._queue.store.live(experiment.id, watched.version)
        if found is not None:
            (watched.version, watched.body), watched.fetched, watched.painter = found, True, None
        elif not watched.fetched:
            if watched.painter is None:
                aside = words_of_cores(experiment, self._queue.owner)
                watched.painter = Painter(self._queue.store, self._queue.home, experiment, aside)
            body = watched.painter.paint()
            # The same object, so that whoever has it knows it.
            watched.body = watched.body if body == watched.body else body


def words_of_cores(experiment: Experiment, owner: str) -> str:
    """Whether this process's pages take time from the race, in a sentence."""
    workers, app = machine.split_cores(experiment.request.settings)
    if experiment.owner != owner or set(workers) & set(app):
        return "This page shares its cores with the race: every open browser costs the race a little."
    return f"Cores the race has to itself: {len(workers)}. This page keeps to the others: {len(app)}."
