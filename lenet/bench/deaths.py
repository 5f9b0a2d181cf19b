"""How a worker's process ended, in one sentence with the place in the variant's program where there
is one."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from typing import Any

from lenet.analysis.exam import shapes
from lenet.worker import place

LONGEST = 200
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What moves a terminal's cursor or colours its text."""


def by_error(failure: Mapping[str, Any]) -> str:
    """From the `failed` event: 'ValueError: bad batch (lenet/variants/x.py, line 9)', with what
    usually causes it where that is known."""
    said = f"{': '.join(filter(None, (failure['type'], failure['message'])))}{_at(failure['place'])}"
    cause = shapes.cause(failure["message"])
    return f"{said}. {cause}" if cause else said


def by_code(code: int, log: str, program: str = "") -> str:
    """From the exit code, or minus the signal's number, and the log. program: the file of a program
    outside the project."""
    where = _at(place.of_log(log, program))
    if code < 0:
        name = _signal(-code)
        hint = " (out of memory?)" if name == "SIGKILL" else ""
        return f"The process was ended by {name}{hint}{where}."
    last = last_line(log)
    words = f'; the last line of its log: "{last}"' if last and not where else ""
    return f"The process ended with exit code {code} before it had finished{where}{words}."


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of the real-time signals, most of which have no name
        return f"signal {number}"


def last_line(log: str) -> str:
    """The last line with any text, as it stood in the end: a progress bar writes one many times."""
    lines = map(str.strip, readable(log).split("\n"))
    return next((line[-LONGEST:] for line in reversed(list(lines)) if line), "")


def readable(log: str) -> str:
    """A log whose every character can be printed; what was written over becomes a line of its own."""
    return CONTROL.sub("", log.replace("\r", "\n"))


def _at(where: str) -> str:
    return f" ({where})" if where else ""
