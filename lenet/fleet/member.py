"""This machine's part in a fleet, its head's or a machine's: one process at a time has it, and writes
down what all others on this machine need to know of it."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from lenet.errors import BadInput
from lenet.fleet import start
from lenet.home import Home, kept_in

HEAD, MACHINE = "head", "machine"
FILE = "member.json"
LOOK_SECONDS = 0.1
MARK = "in_fleet"
"""The key of a run's load that says that its machine was a member: Ray's processes were there too."""


@dataclass(frozen=True)
class Member:
    """What a data folder does in a fleet."""

    role: str
    address: str
    """The head's, as host:port."""
    pid: int = 0
    cores: list[int] = field(default_factory=list)
    """Those of this machine, before Ray was kept to some of them: a race has all."""
    name: str = ""
    """By which users name the machine; its host's where they gave it none."""
    labels: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def hold(home: Home, member: Member) -> Iterator[None]:
    """Be this member for the length of the body. Raises BadInput where another process is one already,
    StoreError when the data folder cannot be written."""
    place = start.folder(home) / FILE
    with kept_in(place):
        file = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not (_locked(file, fcntl.LOCK_EX) or _locked_later(file)):
            raise BadInput(taken(known(home)))
        with kept_in(place):
            os.truncate(file, 0)
            os.pwrite(file, json.dumps(dataclasses.asdict(dataclasses.replace(member, pid=os.getpid()))).encode(), 0)
        yield
    finally:
        os.close(file)


def known(home: Home) -> Member | None:
    """What this data folder was in a fleet last, living or not; None without."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        return Member(**json.loads((start.place_of(home) / FILE).read_text(encoding="utf-8")))
    return None


def living(home: Home) -> Member | None:
    """What this data folder is in a fleet now; None where no process is."""
    try:
        file = os.open(start.place_of(home) / FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return None if _locked(file, fcntl.LOCK_SH) else known(home)
    finally:
        os.close(file)


def head_of(home: Home) -> str:
    """The address of the fleet whose head this data folder is now; '' where it is none."""
    there = living(home)
    return there.address if there and there.role == HEAD else ""


def _locked(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _locked_later(file: int) -> bool:
    """Whoever looks at it has the lock for a moment too (`living`)."""
    time.sleep(LOOK_SECONDS)
    return _locked(file, fcntl.LOCK_EX)


def ask_to_leave(home: Home) -> Member:
    """Ask the process that is this data folder's member to end it; what it was. Raises BadInput where
    there is none."""
    member = living(home)
    if member is None:
        raise BadInput("This machine is in no fleet; `python -m lenet fleet join ADDRESS` joins one.")
    with contextlib.suppress(ProcessLookupError):
        os.kill(member.pid, signal.SIGTERM)
    return member


def taken(member: Member | None) -> str:
    """Why a data folder that is a member of a fleet cannot be another one."""
    if member is None or member.role == MACHINE:
        return "This data folder is in a fleet already; `python -m lenet fleet leave` ends that."
    return (
        "This data folder is the head of a fleet already, and what is asked of it is raced on this machine "
        "anyway; `python -m lenet fleet leave` ends the fleet."
    )
