"""Puts a picture of the race that a runner races into the database once a second, for pages anywhere."""

from __future__ import annotations

from lenet.bench.picture import Painter
from lenet.home import Home
from lenet.records import Experiment
from lenet.store import Store


class Exhibit:
    """The pictures of one runner. For one thread at a time."""

    def __init__(self, store: Store, home: Home) -> None:
        self._store, self._home = store, home
        self._painter: Painter | None = None
        self._shown = -1
        self._version = 0

    def show(self, experiment: Experiment | None) -> None:
        """Show what the experiment looks like now; None: none runs. Its end removes the picture.

        Raises StoreError.
        """
        if experiment is None:
            self._painter, self._shown = None, -1
            return
        if self._painter is None or self._shown != experiment.id:
            self._painter, self._shown = Painter(self._store, self._home, experiment), experiment.id
        self._version += 1
        self._store.show_live(experiment.id, self._version, self._painter.paint())
