"""The state of a race right now, for any process that watches: from the store, the tapes and two
small files."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet import catalog
from lenet.errors import StoreError
from lenet.home import Home
from lenet.records import Run
from lenet.store import Store
from lenet.worker import tape

NO_BATCHES: npt.NDArray[np.void] = np.zeros(0, tape.DTYPE)


@dataclass(frozen=True)
class LiveRun:
    """A run of the current round: its batches so far (rows of `tape.DTYPE`) and how many it will
    make."""

    run: Run
    rows: npt.NDArray[np.void]
    planned: int


@dataclass(frozen=True)
class Outlook:
    """The outlook of a race: how many rounds in all, and when it ends (seconds since 1970)."""

    rounds: int
    ends: float
    said: str = ""
    """How precise it is by now, in a sentence; '' while there is nothing to say."""

    @property
    def seconds_left(self) -> float:
        """From now on; 0 when it should have ended."""
        return max(self.ends - time.time(), 0.0)


def snapshot(store: Store, home: Home, experiment_id: int) -> list[LiveRun]:
    """The runs of the newest round of an experiment, by label; empty before the first has
    started."""
    settings = store.experiment(experiment_id).request.settings
    runs = store.runs(experiment_id)
    newest = max((run.round for run in runs), default=0)
    current = sorted((run for run in runs if run.round == newest), key=lambda run: run.label)
    return [LiveRun(run, rows(store, home, run), catalog.settings_of(run.label, settings).batches) for run in current]


def rows(store: Store, home: Home, run: Run) -> npt.NDArray[np.void]:
    """Every batch of a run so far: from its tape while it runs, from the store afterwards."""
    if run.status != "running":
        return store.batches(run.id)
    return read_tape(home, run)


def read_tape(home: Home, run: Run) -> npt.NDArray[np.void]:
    """The tape of a run that has not been stored; no rows before the tape is made or after it is
    removed."""
    with contextlib.suppress(OSError, ValueError, StoreError):
        return np.asarray(tape.read(home.experiment(run.experiment_id) / run.folder / "tape"))
    return NO_BATCHES


def set_stage(folder: Path, text: str) -> None:
    """Say in a few words what the race is doing while no batch is being trained."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "stage.txt").write_text(text, encoding="utf-8")


def clear_stage(folder: Path) -> None:
    """Nothing more to say."""
    (folder / "stage.txt").unlink(missing_ok=True)


def set_outlook(folder: Path, expected: Outlook) -> None:
    """Say what is expected of the race."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "outlook.json").write_text(json.dumps(dataclasses.asdict(expected)), encoding="utf-8")


def outlook(home: Home, experiment_id: int) -> Outlook | None:
    """The outlook of a race; None before its first round, or at the moment at which it is being
    written."""
    with contextlib.suppress(OSError, ValueError):
        return Outlook(**json.loads((home.experiment(experiment_id) / "outlook.json").read_text(encoding="utf-8")))
    return None


def stage(home: Home, experiment_id: int) -> str:
    """The stage of a race in words, or '' while it trains."""
    with contextlib.suppress(OSError):
        return (home.experiment(experiment_id) / "stage.txt").read_text(encoding="utf-8")
    return ""
