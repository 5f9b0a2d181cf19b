"""Runs venv and pip for a stack: all output goes to its log, and telling lines to the caller."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections import deque
from collections.abc import Callable
from typing import IO

from lenet.errors import LeNetError, StackError, StoreError, Unreachable
from lenet.stacks.place import Place

STEPS = re.compile(
    r"\s*(Collecting|Processing|Downloading|Using cached|Building wheel for|Running setup.py install for)\s+(\S+)(.*)"
)
NOISE = re.compile(r"WARNING|DEPRECATION|\[notice\]|hint:|note:|You (are using|should consider)|\s*$", re.IGNORECASE)
LINES_KEPT = 200
OFFLINE = "NewConnectionError|NameResolutionError|Name or service not known|Temporary failure in name resolution|"
OFFLINE += "Network is unreachable|ConnectTimeout|Read timed out|ProxyError|SSLError|Connection (refused|reset)"
CHECK_NETWORK = "check the network and pip's index settings"
FREE_SPACE = "free some space or set LENET_HOME to another disk"
FULL_BYTES = 10_000_000
"""Bytes; with less free space than this, a failure is put down to the disk, because venv hides its
children's output."""
ADVICE = (
    (re.compile("No space left on device|Disk quota exceeded"), FREE_SPACE),
    (re.compile(OFFLINE), CHECK_NETWORK),
    (re.compile("No matching distribution|Could not find a version|ResolutionImpossible"), "check its requirements"),
    (re.compile("Invalid requirement"), "correct its requirements"),
    (re.compile("ensurepip is not available|No module named (venv|ensurepip)"), "install that Python's venv module"),
)


class Runner:
    """Runs one command after the other for the stack at `place`, each in a process group of its
    own.

    The commands inherit the lock's descriptor: if this process is killed, the lock is held until
    they have ended.
    """

    def __init__(self, place: Place, lock: int, log: IO[str], say: Callable[[str], None]) -> None:
        self.place = place
        self.lock = lock
        self.log = log
        self.say = say
        self.lines: deque[str] = deque(maxlen=LINES_KEPT)

    def run(self, command: list[str]) -> None:
        """Run `command` to its end. When it fails, raises StackError with its last telling line."""
        self.log.write("$ " + " ".join(command) + "\n")
        self.log.flush()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env=environment(),
            pass_fds=(self.lock,),
            start_new_session=True,
        )
        try:
            self._follow(process)
        finally:
            end(process)
        if process.returncode:
            raise self._failure()

    def _follow(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            self.log.write(line)
            self.log.flush()
            self.lines.append(line.rstrip())
            if words := step(line):
                self.say(words)
        process.wait()

    def _failure(self) -> LeNetError:
        advice = self._advice()
        kind = {FREE_SPACE: StoreError, CHECK_NETWORK: Unreachable}.get(advice, StackError)
        reason = last_line(list(self.lines))
        sentence = f"The stack {self.place.name!r} was not built ({reason})"
        return kind(f"{sentence}; {advice} (log: {self.place.log}).")

    def _advice(self) -> str:
        if shutil.disk_usage(self.place.home.root).free < FULL_BYTES:
            return FREE_SPACE
        text = "\n".join(self.lines)
        return next((advice for pattern, advice in ADVICE if pattern.search(text)), "the log has the details")


MISLEADING = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN", "PIP_PYTHON")
"""Variables that have pip install elsewhere, or nothing."""


def environment() -> dict[str, str]:
    """The user's environment, with settings for an index, a proxy or wheels, without what would
    mislead pip."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON") and name not in MISLEADING
    }
    ours = {"PIP_USER": "0", "PIP_NO_INPUT": "1", "PYTHONIOENCODING": "utf-8", "PYTHONNOUSERSITE": "1"}
    return {**kept, **ours, **_locale()}


def _locale() -> dict[str, str]:
    """In the C locale the venv of Python 3.6 fails in a folder whose name is not ASCII."""
    named = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "C")
    return {"LC_ALL": "C.UTF-8"} if named in ("C", "POSIX") else {}


def end(process: subprocess.Popen[str]) -> None:
    """End a process and all that it started, if it still runs."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()


def step(line: str) -> str:
    """A line of pip's output in the words for a user; '' for most lines."""
    if line.startswith("Installing collected packages:"):
        count = line.count(",") + 1
        return f"Installing {count} package{'s' if count > 1 else ''}"
    match = STEPS.match(line)
    if not match:
        return ""
    size = re.search(r"\(\d[^)]*B\)", match[3])
    return f"{match[1]} {match[2].rstrip(':').rpartition('/')[2]}" + (f" {size[0]}" if size else "")


def last_line(lines: list[str]) -> str:
    """The last line that says something, preferably one of pip's errors."""
    telling = [line.strip() for line in lines if not NOISE.match(line.strip())]
    errors = [line for line in telling if line.startswith("ERROR:")]
    last = (errors or telling or ["it said nothing"])[-1]
    return last.removeprefix("ERROR:").strip().rstrip(".:")
