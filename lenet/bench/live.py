"""What a race writes beside the database while it runs: its tapes and two small files."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet.errors import StoreError
from lenet.home import Home
from lenet.records import Run
from lenet.store import Store
from lenet.worker import tape

_WATCHED = "watched"
"""The file whose date says when somebody last looked at a race on another machine."""
WATCHED_SECONDS = 5.0

NO_BATCHES: npt.NDArray[np.void] = np.zeros(0, tape.DTYPE)


@dataclass(frozen=True)
class LiveRun:
    """A run with its batches so far (rows of `tape.DTYPE`), and how many are planned."""

    run: Run
    rows: npt.NDArray[np.void]
    planned: int


@dataclass(frozen=True)
class Outlook:
    """The forecast of a race: its rounds in all, and when it ends (seconds since 1970)."""

    rounds: int
    ends: float
    said: str = ""
    """How precise the race is by now, in a sentence; '' while there is nothing to say."""

    @property
    def seconds_left(self) -> float:
        """Seconds from now to the expected end; 0 when that is past."""
        return max(self.ends - time.time(), 0.0)


def rows(store: Store, home: Home, run: Run) -> npt.NDArray[np.void]:
    """Every batch of a run so far: from its tape while it runs, from the store afterwards."""
    if run.status != "running":
        return _stored(store, run.id, run.ended)
    return read_tape(home, run)


@lru_cache(maxsize=128)
def _stored(store: Store, run_id: int, ended: datetime | None) -> npt.NDArray[np.void]:
    """The batches of an ended run, which never change: a page asks for them again and again.

    `ended` tells apart runs that bear the same number: that of a deleted one is given again.
    """
    return store.batches(run_id)


def read_tape(home: Home, run: Run, first: int = 0, most: int | None = None) -> npt.NDArray[np.void]:
    """The rows from `first` on, at most `most`, on the tape of a run that is not stored yet; no rows
    where there is no tape."""
    with contextlib.suppress(OSError, ValueError, StoreError):
        return np.asarray(tape.read(home.experiment(run.experiment_id) / run.folder / "tape", first, most))
    return NO_BATCHES


def set_stage(folder: Path, text: str) -> None:
    """Write in a few words what the race is doing while no batch is trained; never fails."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "stage.txt").write_text(text, encoding="utf-8")


def clear_stage(folder: Path) -> None:
    """Remove the words that `set_stage` wrote."""
    (folder / "stage.txt").unlink(missing_ok=True)


def set_outlook(folder: Path, expected: Outlook) -> None:
    """Write the forecast of the race; never fails."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "outlook.json").write_text(json.dumps(dataclasses.asdict(expected)), encoding="utf-8")


def outlook(home: Home, experiment_id: int) -> Outlook | None:
    """Read the forecast; None before the first round, and while the file is being written."""
    with contextlib.suppress(OSError, ValueError):
        return Outlook(**json.loads((home.experiment(experiment_id) / "outlook.json").read_text(encoding="utf-8")))
    return None


def stage(home: Home, experiment_id: int) -> str:
    """Read what the race is doing; '' while it trains."""
    with contextlib.suppress(OSError):
        return (home.experiment(experiment_id) / "stage.txt").read_text(encoding="utf-8")
    return ""


def note_watcher(folder: Path) -> None:
    """Say that somebody looks at a race on another machine, which is asked more often then; never fails."""
    with contextlib.suppress(OSError):
        (folder / _WATCHED).touch()


def is_watched(folder: Path) -> bool:
    """Whether somebody has looked at it within the last seconds."""
    with contextlib.suppress(OSError):
        return time.time() - (folder / _WATCHED).stat().st_mtime < WATCHED_SECONDS
    return False
