"""Processes that a worker starts and leaves behind, those in sessions of their own too: found,
ended and named.

Each has the worker's mark among its variables, unless it was started without any; and while a worker
lives, all that were ever started below it are its descendants, for it adopts them
(`lenet/worker/adopting.py`).
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

import psutil

MARK = "LENET_WORKER"
"""The variable that every worker, and so whatever it starts, has to itself."""
GRACE_SECONDS = 1.0
"""Helpers that end with their worker, and tidy up after it, need a moment."""
MOST_TRIES = 20
DEATH_SECONDS = 0.2
"""A killed process is gone within this, unless it writes to a disk that does not answer."""
LONGEST_NAME = 80


class Strays:
    """Of the worker `pid`, whose mark has the value `mark`."""

    def __init__(self, pid: int, mark: str) -> None:
        self.pid = pid
        self.mark = mark
        self._seen: set[psutil.Process] = set()

    def look(self) -> list[psutil.Process]:
        """All processes below the worker now; they are remembered."""
        found: list[psutil.Process] = []
        with contextlib.suppress(psutil.Error):
            found = psutil.Process(self.pid).children(recursive=True)
        self._seen.update(found)
        return found

    def end(self, grace: float) -> list[str]:
        """End all that are left after `grace` seconds, when the worker has ended; their command
        lines."""
        left = self._left()
        if left:
            _, left = psutil.wait_procs(left, timeout=grace)
        names = [name for process in left if (name := _name(process))]
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        for _ in range(MOST_TRIES):  # one that is about to start another may do so before it ends
            for process in left:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(left, timeout=DEATH_SECONDS)
            if not (left := self._left()):
                break
        return names

    def _left(self) -> list[psutil.Process]:
        known = {process for process in list(self._seen) if process.is_running()}
        return [process for process in known | set(self._marked()) if _lives(process)]

    def _marked(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.pid != self.pid and process.environ().get(MARK) == self.mark:
                    yield process


def _lives(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def _name(process: psutil.Process) -> str:
    """Its command line, cut short; '' when it has just gone."""
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline() or [process.name()])[:LONGEST_NAME]
    return ""
