"""Follow a race that runs: of its tapes only what is new is read at each look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet.analysis.growing import window
from lenet.analysis.growing.run import LONGEST_UNREAD, GrowingRun
from lenet.analysis.growing.window import Window
from lenet.bench import live
from lenet.charts import live as charts
from lenet.charts.decimate import extremes
from lenet.home import Home
from lenet.records import Experiment, Run
from lenet.store import Store

Rows = npt.NDArray[np.void]
Floats = npt.NDArray[np.float64]

CHUNK = 2 * LONGEST_UNREAD
"""The rows that are read at once: somebody may begin to watch late, and memory is small. More than a
run waits for, so that each look gets on."""
CURVES: dict[str, Callable[..., tuple[Floats, Floats]]] = {"timing": window.timing, "loss": window.loss}
"""The charts that a reader may zoom into."""


@dataclass(frozen=True)
class Rounds:
    """The runs of three rounds, by label: of the newest, of the one before it, and of the first.

    Empty where there is no such round; in the first round `now` and `first` are the same. `runs`: the
    records of all runs.
    """

    now: list[GrowingRun]
    last: list[GrowingRun]
    first: list[GrowingRun]
    runs: Sequence[Run]


class Follower:
    """The runs of one experiment as far as they have been read. For one thread at a time."""

    def __init__(self, store: Store, home: Home, experiment: Experiment) -> None:
        self._store, self._home, self._experiment = store, home, experiment
        self._bins = charts.bins(len(experiment.request.variants))
        self._known: dict[int, GrowingRun] = {}
        self._whole: set[int] = set()
        """Runs that have ended, of which every batch is known."""

    def look(self) -> Rounds:
        """Read what is new. Raises StoreError."""
        if self._experiment.target:
            live.note_watcher(self._home.experiment(self._experiment.id))
        runs = self._store.run_states(self._experiment.id)
        newest = max((run.round for run in runs), default=0)
        kept = [run for run in runs if run.round in (1, newest - 1, newest)]
        self._known = {run.id: self._brought_up(run) for run in kept}

        def of(number: int) -> list[GrowingRun]:
            chosen = (run for run in self._known.values() if run.run.round == number)
            return sorted(chosen, key=lambda run: run.run.label)

        now = of(newest)
        return Rounds(now, of(newest - 1), of(1) if newest > 1 else now, runs)

    def zoomed(self, chart: str, shown: Window) -> list[tuple[Floats, Floats]]:
        """The curves of the newest round inside a window, by label, each of as many points as its
        outline; none of a run whose tape is not here, or where the window is too wide."""
        newest = max((run.run.round for run in self._known.values()), default=0)
        runs = sorted((run for run in self._known.values() if run.run.round == newest), key=lambda run: run.run.label)
        return [self._zoomed(run, chart, shown) for run in runs]

    def _zoomed(self, run: GrowingRun, chart: str, shown: Window) -> tuple[Floats, Floats]:
        def read(first: int, count: int) -> Rows:
            if run.run.status == "running":
                return live.read_tape(self._home, run.run, first, count)
            return live.rows(self._store, self._home, run.run)[first : first + count]

        x, y = CURVES[chart](run, shown, read)
        keep = extremes(y, 2 * self._bins)
        return x[keep], y[keep]

    def _brought_up(self, run: Run) -> GrowingRun:
        known = self._known.get(run.id) or GrowingRun(run, self._experiment.request.settings, self._bins)
        known.run = run
        if run.id in self._whole:
            return known
        if run.status != "running":
            self._take(known, self._store.batches(run.id))
            self._whole.add(run.id)
            return known
        while True:
            first = known.wanted
            rows = live.read_tape(self._home, run, first, CHUNK)
            known.add(rows, first)
            if len(rows) < CHUNK or known.wanted == first:
                return known

    def _take(self, known: GrowingRun, rows: Rows) -> None:
        """The rest of a run, which is stored by now."""
        while (first := known.wanted) < len(rows):
            known.add(rows[first : first + CHUNK], first)
            if known.wanted == first:
                return
