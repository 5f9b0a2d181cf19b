"""The files of a stack in the data folder: the record that it is complete, and the lock for
building it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lenet.home import Home

LOG_TAIL = 20_000


@dataclass(frozen=True)
class Place:
    """The files of one stack: its environment is `folder`; log and lock are outside, so a rebuild
    keeps them."""

    home: Home
    name: str

    @property
    def folder(self) -> Path:
        """The virtual environment."""
        return self.home.root / "stacks" / self.name

    @property
    def log(self) -> Path:
        """The output of venv and pip. No stack's name begins with a dot, so this is never another
        stack's folder."""
        return self.folder.with_name(f".{self.name}.log")

    @property
    def lock(self) -> Path:
        """The file that is locked while a process builds or removes the stack; never removed."""
        return self.folder.with_name(f".{self.name}.lock")

    @property
    def record(self) -> Path:
        """The record that is written last: a folder without it does not count as installed."""
        return self.folder / "installed.json"

    @property
    def python(self) -> Path:
        """The stack's interpreter."""
        return self.folder / "bin" / "python"

    @property
    def libraries(self) -> Path:
        """The folder of links: system libraries under the names that packages ask for."""
        return self.folder / "libraries"

    @property
    def site(self) -> Path:
        """The folder of its packages."""
        folders = sorted(self.folder.glob("lib/python3*/site-packages"))
        return folders[0] if folders else self.folder / "lib" / "site-packages"

    def read_record(self) -> dict[str, Any] | None:
        """The content of `installed.json`; {} when it cannot be read, None when there is none."""
        try:
            record = json.loads(self.record.read_text(encoding="utf-8"))
            return record if isinstance(record, dict) else {}
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            return {}

    def write_record(self, record: dict[str, Any]) -> None:
        """Record that the stack is complete; the whole record appears, or nothing."""
        unfinished = self.record.with_suffix(".part")
        unfinished.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(self.record)

    def bytes(self) -> int:
        """That its environment takes on the disk."""
        files = (os.path.join(where, file) for where, _, names in os.walk(self.folder) for file in names)
        return sum(os.lstat(file).st_size for file in files)

    def read_log(self) -> str:
        """The end of the log; '' when there is none."""
        with contextlib.suppress(OSError):
            return self.log.read_bytes()[-LOG_TAIL:].decode("utf-8", "replace")
        return ""

    def clear(self) -> None:
        """Remove the environment, the record first, so that half a stack never counts as
        installed."""
        with contextlib.suppress(OSError):
            self.record.unlink()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def hold(self, busy: Callable[[], None]) -> Iterator[int]:
        """Hold the lock and return its descriptor; while another process holds it, call `busy` and
        wait.

        A process that inherits the descriptor keeps the lock while it lives, even after this one.
        """
        self.lock.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                busy()
                fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)

    def held(self) -> bool:
        """Whether a process builds or removes the stack now."""
        try:
            file = os.open(self.lock, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False
