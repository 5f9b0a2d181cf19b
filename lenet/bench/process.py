"""A worker's process: started in a session of its own, and ended together with all that it
started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from lenet.bench import environment, short_path
from lenet.bench.pipe import Pipe
from lenet.bench.strays import GRACE_SECONDS, Strays

NOTE = "LeNet Bench: "
"""What stands before a line of ours in a worker's log."""


class Process:
    """Runs `command` in `folder`, which must be its own, and what it prints goes to `log`. Raises
    OSError when it cannot be started."""

    def __init__(self, command: Sequence[str], folder: Path, log: Path, variables: Mapping[str, str]) -> None:
        self.log = log
        self.notes: list[str] = []
        """What is to be said of how it ended, once it is settled; the log has it too."""
        self._temporary = short_path.to(folder / environment.TEMPORARY)
        try:
            with log.open("wb") as file:
                self._popen = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=file,
                    cwd=folder,
                    env={**variables, **environment.own(folder, self._temporary)},
                    start_new_session=True,
                )
        except OSError:
            short_path.remove(self._temporary)
            raise
        self._pipe = Pipe(self._popen)
        self._strays = Strays(self.pid, str(folder))
        self._killed = False
        self._in_time = True
        self._settled = False

    @property
    def pid(self) -> int:
        """Process id, which is also its process group's."""
        return self._popen.pid

    @property
    def code(self) -> int:
        """The exit code, or minus the number of the signal that ended it, once it is settled."""
        assert self._popen.returncode is not None
        return self._popen.returncode

    def write(self, line: bytes) -> None:
        """Send it a line; nothing when it has gone."""
        assert self._popen.stdin
        with contextlib.suppress(BrokenPipeError, ValueError):
            self._popen.stdin.write(line)
            self._popen.stdin.flush()

    def line(self, patience: float) -> bytes | None:
        """Its next line; None when it has ended. Raises Quiet after `patience` seconds without
        any."""
        return None if self._settled else self._pipe.line(patience)

    def children(self) -> list[psutil.Process]:
        """All processes below it now; those will not outlive it."""
        return self._strays.look()

    def kill(self) -> None:
        """End it and its group at once. `settle` ends all else that it started."""
        if not self._settled:
            self._killed = True
            self.children()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def settle(self, grace: float) -> bool:
        """Wait until it has ended, and kill it after `grace` seconds; end whatever it left behind.
        Whether it ended in time; calling it again changes nothing.
        """
        if self._settled:
            return self._in_time
        by_itself = not self._killed
        try:
            self._popen.wait(timeout=grace)
        except subprocess.TimeoutExpired:
            self._in_time = False
            self._note(f"It had not ended {grace:.0f} s after its last event, and was ended.")
            self.kill()
            self._popen.wait()
        left = self._strays.end(GRACE_SECONDS if by_itself else 0)
        if left and by_itself:
            self._note(f"It left these processes behind, which were ended: {'; '.join(left)}.")
        self._settled = True
        assert self._popen.stdin
        with contextlib.suppress(BrokenPipeError):
            self._popen.stdin.close()
        self._pipe.close()
        short_path.remove(self._temporary)
        return self._in_time

    def _note(self, text: str) -> None:
        self.notes.append(f"{NOTE}{text}")
        with contextlib.suppress(OSError), self.log.open("ab") as file:
            file.write(f"\n{NOTE}{text}\n".encode(errors="replace"))
