"""The lines that a worker sends. Waits for the pipe and for the process at once: a child that was
forked holds the pipe open long after the worker has gone."""

from __future__ import annotations

import math
import os
import select
import subprocess
import time

LOOK_SECONDS = 0.5
"""How often the process is looked at where the system cannot wake us at its end."""


class Quiet(Exception):
    """The process lives, and has sent nothing for as long as was waited."""


class Pipe:
    """What `process` writes to its standard output, line by line."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout
        self._process = process
        self._stdout = process.stdout
        self._end = _end_of(process.pid)
        self._poll = select.poll()  # not select(): a server with many viewers has descriptors above 1023
        for descriptor in (self._stdout.fileno(), self._end):
            if descriptor is not None:
                self._poll.register(descriptor, select.POLLIN)
        self._buffer = b""

    def line(self, patience: float) -> bytes | None:
        """Block for the next line; None when the process has ended, or has closed its pipe.

        Raises Quiet after `patience` seconds without any.
        """
        until = time.monotonic() + patience
        while b"\n" not in self._buffer:
            piece = os.read(self._stdout.fileno(), 65536) if self._readable(until) else b""
            if not piece:
                return None
            self._buffer += piece
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line

    def close(self) -> None:
        """Read no more. Calling it again changes nothing."""
        self._stdout.close()
        if self._end is not None:
            os.close(self._end)
            self._end = None

    def _readable(self, until: float) -> bool:
        """Whether there is something to read, or the pipe is closed; False when the process has
        ended and everything was read."""
        pipe = self._stdout.fileno()
        while True:
            ready = self._ready(until - time.monotonic())
            if pipe in ready:
                return True
            if self._end in ready or (self._end is None and self._process.poll() is not None):
                return pipe in self._ready(0)  # written between the two looks
            if time.monotonic() >= until:
                raise Quiet

    def _ready(self, seconds: float) -> set[int | None]:
        seconds = max(seconds if self._end is not None else min(seconds, LOOK_SECONDS), 0)
        return {descriptor for descriptor, _ in self._poll.poll(math.ceil(1000 * seconds))}


def _end_of(pid: int) -> int | None:
    """A descriptor that can be read once the process has ended; None where there is no such
    thing (before Linux 5.3, and elsewhere)."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None
