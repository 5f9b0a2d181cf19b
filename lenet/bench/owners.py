"""Who runs an experiment, and whether that process still lives: it holds a lock as long as it does.

A clock is stepped, a host renamed, a container made anew, the number of a process given again; a
lock that is held is held through all of these. It lies in the data folder, beside the tapes of
which it tells whether somebody still writes them.
"""

from __future__ import annotations

import contextlib
import enum
import fcntl
import os
import socket
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lenet.home import Home, kept_in
from lenet.records import FLEET

BOOT = Path("/proc/sys/kernel/random/boot_id")


class Life(enum.Enum):
    """How a process fares, as far as this data folder can tell."""

    ALIVE = enum.auto()
    GONE = enum.auto()
    UNKNOWN = enum.auto()
    """It had another data folder, another machine's lock, or a version that held none."""


@dataclass(frozen=True)
class Owner:
    """A process that runs experiments. Stored as host:pid:boot:token; before that it was
    host:pid:start, and such an owner has no token."""

    host: str
    pid: str
    boot: str = ""
    """Which start of which machine it belongs to, whatever the host is called."""
    token: str = ""
    """The name of its lock in the data folder, never given twice."""

    @classmethod
    def parse(cls, text: str) -> Owner:
        """The owner that is stored so; what is missing is empty."""
        host, pid, boot, token = (text.split(":") + [""] * 4)[:4]
        return cls(host, pid, boot, token if token.isalnum() else "")

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}:{self.boot}:{self.token}"

    def beside(self, other: Owner) -> bool:
        """Whether both are on the same machine."""
        return self.boot == other.boot if self.boot and other.boot else self.host == other.host


def this_process() -> Owner:
    """A new owner: this process, under a token of its own."""
    return Owner(socket.gethostname().replace(":", "-"), str(os.getpid()), _boot(), uuid.uuid4().hex)


def of_fleet(machine_id: str, uid: str) -> str:
    """The owner of an experiment that a machine of the fleet races: not a process, for whoever asked for it
    may end and be started anew meanwhile."""
    return f"{FLEET}{machine_id}:{uid}"


def machine_of(owner: str) -> str:
    """The id of the machine of the fleet that races what is this owner's; '' of what a process races."""
    return owner.removeprefix(FLEET).partition(":")[0] if owner.startswith(FLEET) else ""


class Hold:
    """The lock of an owner. The system releases it when this process dies, however it dies."""

    def __init__(self, home: Home, owner: Owner) -> None:
        self._path = home.owner(owner.token)
        self._file: int | None = None

    def take(self) -> None:
        """Hold it from now on. Raises StoreError when the data folder cannot be written.

        Where the file system has no locks there is none afterwards: then nobody calls this process
        gone.
        """
        if self._file is not None:
            return
        with kept_in(self._path.parent):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError:
            self._path.unlink(missing_ok=True)

    def let_go(self) -> None:
        """Hold it no longer; whoever looks now finds this process gone."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


@contextlib.contextmanager
def examined(home: Home, owner: Owner) -> Iterator[Life]:
    """How `owner` fares. Where it is gone its lock is held for the length of the body, so that one
    process at a time clears up after it."""
    try:
        file = os.open(home.owner(owner.token or "-"), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        yield Life.UNKNOWN
        return
    try:
        yield _life(file, owner)
    finally:
        os.close(file)


def _life(file: int, owner: Owner) -> Life:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return Life.ALIVE
    except OSError:
        return Life.UNKNOWN
    # A folder that machines share may keep the locks of each from the others.
    here = owner.boot == _boot() != "" or owner.host == socket.gethostname()
    return Life.GONE if here else Life.UNKNOWN


def forget(home: Home, owner: Owner) -> None:
    """Remove the lock of an owner that has nothing left to run."""
    with contextlib.suppress(OSError):
        home.owner(owner.token or "-").unlink()


@lru_cache(maxsize=1)
def _boot() -> str:
    with contextlib.suppress(OSError):
        return BOOT.read_text(encoding="ascii").strip()
    return ""
