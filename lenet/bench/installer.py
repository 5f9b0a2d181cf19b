"""Installs stacks in background threads of the app's process; pages start one, read its progress
and show its log."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from lenet import stacks
from lenet.errors import LeNetError
from lenet.home import Home
from lenet.stacks.place import Place

IDLE, RUNNING, DONE, FAILED = "idle", "running", "done", "failed"
CLOSED = "LeNet Bench was closed while it was being installed."
UNEXPECTED = "Something unexpected went wrong; the app's own log has the details."

log = logging.getLogger(__name__)


class Closed(Exception):
    """The app is closing; raised in the thread of an install, which then cleans up."""


@dataclass
class _Work:
    thread: threading.Thread
    status: str = RUNNING
    line: str = "Beginning"


class Installer:
    """At most one install per stack; the state is the process's, so a page may come and go.

    If the process is killed, what it was building is not taken for installed, and the next install
    clears it away.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self._lock = threading.Lock()
        self._works: dict[str, _Work] = {}
        self._closed = threading.Event()

    def start(self, name: str) -> None:
        """Begin to install the stack `name`; nothing happens when this process installs it already.

        Raises BadInput when there is no such stack.
        """
        stacks.find(self.home, name)
        with self._lock:
            if self._closed.is_set() or (name in self._works and self._works[name].status == RUNNING):
                return
            thread = threading.Thread(target=self._install, args=(name,), name=f"install {name}", daemon=True)
            self._works[name] = _Work(thread)
            thread.start()

    def _install(self, name: str) -> None:
        work = self._works[name]

        def say(line: str) -> None:
            if self._closed.is_set():
                raise Closed
            work.line = line

        try:
            stacks.install(name, say)
            work.status = DONE
        except LeNetError as error:
            work.status, work.line = FAILED, str(error)
        except Closed:
            work.status, work.line = FAILED, CLOSED
        except Exception:
            log.exception("The stack %s could not be installed", name)
            work.status, work.line = FAILED, UNEXPECTED

    def progress(self, name: str) -> tuple[str, str]:
        """(idle, running, done or failed; the last line that was said). Another process's install
        counts as running."""
        work = self._works.get(name)
        if work and work.status == RUNNING:
            return work.status, work.line
        if Place(self.home, name).held():
            return RUNNING, "Another process is installing it"
        return (work.status, work.line) if work else (IDLE, "")

    def running(self) -> list[str]:
        """The stacks that are being installed on this machine, by this process or another."""
        return [name for name in stacks.known(self.home) if self.progress(name)[0] == RUNNING]

    def log(self, name: str) -> str:
        """The output of venv and pip in the latest install, whoever started it; '' before the
        first."""
        return Place(self.home, name).read_log()

    def close(self) -> None:
        """End what runs at its next line; what is half-built is removed."""
        self._closed.set()
