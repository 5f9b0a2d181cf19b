"""One experiment at a time per machine: a file lock shared by every app and shell of every user of
this machine."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pwd
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from lenet.errors import LockError

PLACE = Path("/tmp/lenet-bench.lock")
"""The same for everybody, whatever their TMPDIR says: two locks would be none."""
PLACE_VARIABLE = "LENET_LOCK"
_OPEN = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_LOOK_SECONDS = 0.02
_LONGEST = 80
"""Characters of a name that a sentence repeats."""


@dataclass(frozen=True)
class Holder:
    """Who has the machine: what for, of which user and process, since when. pid 0: the lock does
    not tell."""

    pid: int = 0
    what: str = "Another process"
    user: str = ""
    since: str = ""
    """In ISO 8601, UTC."""

    @property
    def sentence(self) -> str:
        """Who it is, in a sentence without its full stop."""
        user = f" of {self.user}" if self.user else ""
        process = f" (process {self.pid})" if self.pid else ""
        return f"{self.what}{user}{process} has had this machine{_since(self.since)}"


class MachineLock:
    """The right to race on this machine. The system gives it back when its holder dies, however it
    dies.

    what: what the machine is wanted for, as those who wait will read it.
    """

    def __init__(self, what: str = "A race") -> None:
        self._what = what
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take it if nobody has it; whether we have it now. Raises LockError when there cannot be a
        lock."""
        try:
            self._file = _taken(lock_file())
        except OSError as error:
            raise LockError(
                f"The machine's lock {lock_file()} cannot be had ({error.strerror}), so races would disturb each "
                f"other; have it removed, or set {PLACE_VARIABLE} to a file that every user may write."
            ) from error
        if self._file is None:
            return False
        _write(self._file, {"pid": os.getpid(), "what": self._what, "user": _user(), "since": _now()})
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            _write(self._file, {})
            os.close(self._file)
            self._file = None

    def __enter__(self) -> MachineLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def lock_file() -> Path:
    """The lock's file: the machine's, unless LENET_LOCK names another, as for containers that share
    a machine."""
    return Path(os.environ.get(PLACE_VARIABLE) or PLACE)


def holder() -> Holder | None:
    """Who races now, or None. What a holder wrote who was killed does not count."""
    try:
        file = os.open(lock_file(), os.O_RDONLY | _OPEN)
    except OSError:
        return None
    try:
        return None if _locked(file, fcntl.LOCK_SH) else _read(file)
    except OSError:
        return None
    finally:
        os.close(file)


def _taken(place: Path) -> int | None:
    """The file, open and locked; None when somebody else has it. Raises OSError."""
    with contextlib.ExitStack() as closing:
        file = _opened(place)
        closing.callback(os.close, file)
        if not _locked(file, fcntl.LOCK_EX):
            time.sleep(_LOOK_SECONDS)  # whoever asks for the holder has the lock for a moment too (`holder`)
            if not _locked(file, fcntl.LOCK_EX):
                return None
        closing.pop_all()
        return file


def _opened(file: Path) -> int:
    """The lock's file, open, made where there is none; only readable where its owner left it so,
    which is enough."""
    # Never O_CREAT on what is there: of another user's file in /tmp Linux then refuses even what
    # its mode allows.
    with contextlib.suppress(FileNotFoundError):
        try:
            return os.open(file, os.O_RDWR | _OPEN)
        except PermissionError:
            return os.open(file, os.O_RDONLY | _OPEN)
    try:
        made = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | _OPEN, 0o666)
    except FileExistsError:
        return os.open(file, os.O_RDWR | _OPEN)
    os.fchmod(made, 0o666)  # whatever the umask: it is everybody's
    return made


def _locked(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


def _write(file: int, values: dict[str, int | str]) -> None:
    with contextlib.suppress(OSError):  # the lock holds without it
        os.truncate(file, 0)
        os.pwrite(file, json.dumps(values).encode() if values else b"", 0)


def _read(file: int) -> Holder:
    with contextlib.suppress(OSError, ValueError, TypeError, LookupError):
        found = json.loads(os.pread(file, 4096, 0))
        what, user, since = (_plain(found[name]) for name in ("what", "user", "since"))
        return Holder(int(found["pid"]), what, user, since)
    return Holder()


def _plain(text: str) -> str:
    """Keep of a text that everybody may write only what can be printed, and not too much of it."""
    return "".join(filter(str.isprintable, text))[:_LONGEST]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _since(moment: str) -> str:
    """Empty where there is no such moment."""
    with contextlib.suppress(ValueError, OverflowError):
        return f" since {datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
    return ""


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # in a container, say
        return f"user {os.getuid()}"
