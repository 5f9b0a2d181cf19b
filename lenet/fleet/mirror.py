"""A race on another machine as if it ran here: its runs in the store, its batches on tapes in this data
folder. Whoever reads a race that runs here reads this one in the same way.

At its end the bundle takes the place of all that.
"""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lenet import catalog
from lenet.bench import live
from lenet.bench.live import Outlook
from lenet.home import Home
from lenet.records import Experiment, Run
from lenet.store import Store
from lenet.worker import tape

UNREAD = 4096
"""So many of the last rows are asked for again while their losses have not been read: those of a run
that reads them at the end of an epoch come late. What is read later still comes with the bundle."""


class Mirror:
    """One race. For one thread at a time; another process may have begun it."""

    def __init__(self, store: Store, home: Home, experiment: Experiment) -> None:
        self._store, self._home, self._experiment = store, home, experiment
        self._folder = home.experiment(experiment.id)
        self._runs: dict[str, Run] = {run.folder: run for run in store.run_states(experiment.id)}

    def known(self) -> dict[str, int]:
        """Folder of a run -> the first row that is still wanted of it."""
        return {folder: self._wanted(run) for folder, run in self._runs.items()}

    def take(self, known: Mapping[str, int], state: Mapping[str, Any]) -> None:
        """Show what `Claim.poll` answered when it was asked with `known`. Raises StoreError, OSError."""
        for told in state["runs"]:
            folder = told["folder"]
            if folder not in self._runs:
                self._begin(told)
            if content := state["rows"].get(folder):
                self._write(folder, known.get(folder, 0), base64.b64decode(content))
        self._end_runs(state["runs"])
        self._show(state)

    def _wanted(self, run: Run) -> int:
        if run.status != "running":
            return run.batch_count
        rows = live.read_tape(self._home, run, max(self._count(run) - UNREAD, 0))
        unread = np.flatnonzero(np.isnan(rows["loss"]))
        return self._count(run) - (len(rows) - int(unread[0]) if len(unread) else 0)

    def _count(self, run: Run) -> int:
        with contextlib.suppress(OSError):
            return int(tape.count(self._tape(run.folder)))
        return 0

    def _tape(self, folder: str) -> Path:
        return self._folder / folder / "tape"

    def _begin(self, told: Mapping[str, Any]) -> None:
        folder = told["folder"]
        (self._folder / folder).mkdir(parents=True, exist_ok=True)
        settings = catalog.settings_of(told["label"], self._experiment.request.settings)
        tape.create(self._tape(folder), settings.batches)
        names = ("round", "label", "variant", "stack", "source_hash", "folder")
        number = self._store.add_run(self._experiment.id, **{name: told[name] for name in names})
        run = Run(number, self._experiment.id, told["round"], told["label"], told["variant"], "running", folder=folder)
        self._runs[folder] = run

    def _write(self, folder: str, first: int, content: bytes) -> None:
        with contextlib.suppress(FileNotFoundError):
            file = os.open(self._tape(folder), os.O_RDWR)
            try:
                os.pwrite(file, content, tape.ROWS_AT + first * tape.ROW.size)
                # After the rows: a reader may look at any time. Fewer may come than were asked for again.
                rows = max(first + len(content) // tape.ROW.size, int(tape.count(self._tape(folder))))
                os.pwrite(file, tape.COUNT.pack(rows), tape.COUNT_AT)
            finally:
                os.close(file)

    def _end_runs(self, told: list[dict[str, Any]]) -> None:
        """End here what has ended there, once all of its rows are here."""
        for one in told:
            run = self._runs[one["folder"]]
            if run.status == "running" and one["over"] and self._count(run) >= one["batch_count"]:
                self._store.end_run(run.id, one["status"], batches=live.read_tape(self._home, run))
                shutil.rmtree(self._folder / run.folder, ignore_errors=True)
                ended = replace(run, status=one["status"], batch_count=one["batch_count"])
                self._runs[run.folder] = ended

    def _show(self, state: Mapping[str, Any]) -> None:
        if state["stage"]:
            live.set_stage(self._folder, state["stage"])
        else:
            live.clear_stage(self._folder)
        if expected := state.get("outlook"):
            # Its clock is not ours.
            live.set_outlook(
                self._folder, Outlook(expected["rounds"], time.time() + expected["left"], expected["said"])
            )
