"""Installs stacks in background threads of the app's process, so that a page can start an install,
read its progress and show its log."""

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
    """Runs at most one install per stack; its state belongs to the process, so pages may come and
    go.

    A stack that was being built when the process was killed does not count as installed, and the
    next install removes it.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self._lock = threading.Lock()
        self._works: dict[str, _Work] = {}
        self._closed = threading.Event()

    def start(self, name: str) -> None:
        """Begin to install the stack `name`, unless this process installs it already.

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
        """(idle, running, done or failed; the latest line of output).

        An install by another process counts as running.
        """
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
        """The output of venv and pip in the latest install, by any process; '' without one."""
        return Place(self.home, name).read_log()

    def close(self) -> None:
        """End running installs at their next line of output, and remove half-built stacks."""
        self._closed.set()
