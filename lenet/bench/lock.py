"""A file lock for the machine: all apps and shells run one experiment at a time."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any


def lock_file() -> Path:
    """The lock's file, in the system's temporary folder because there is one per machine."""
    return Path(tempfile.gettempdir()) / "lenet-bench.lock"


class MachineLock:
    """The right to race on this machine. The system releases it when its holder dies."""

    def __init__(self) -> None:
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock if nobody has it; return whether we have it now."""
        file = os.open(lock_file(), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        os.truncate(file, 0)
        os.pwrite(file, json.dumps({"pid": os.getpid()}).encode(), 0)
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            os.truncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def __enter__(self) -> MachineLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def holder() -> dict[str, Any] | None:
    """The process that races now, as {'pid': ...}; None when nobody races."""
    try:
        text = lock_file().read_text(encoding="utf-8")
        return dict(json.loads(text)) if text else None
    except (OSError, ValueError):
        return None
