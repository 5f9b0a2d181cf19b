"""How much one may ask for: of one experiment, and of one user at a time.

Every limit has a default for a machine of one's own and one for a machine that a team shares, and a
variable that sets it.
"""

from __future__ import annotations

import dataclasses
import math
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.errors import BadInput

if TYPE_CHECKING:
    from lenet.bench.estimate import Estimate
    from lenet.records import Asked, Request

HOUR, MEBIBYTE, GIBIBYTE = 3600, 1024**2, 1024**3
RESERVE = 0.05
"""Share of the machine's memory that other programs keep."""
DISK_SHARE = 0.5
"""The most of the free disk that the tapes of one experiment may reserve."""


FILE_MIB = 32
"""MiB of a file to import, at most; `.streamlit/config.toml` says the same to the server."""


@dataclass(frozen=True)
class Limits:
    """The most that is accepted; nothing of an experiment that needs more is stored."""

    hours: float
    """Of machine time that one experiment is planned to take."""
    tape_mib: float
    """That the tapes of all runs of an experiment reserve at once."""
    memory_mib: float
    """That all processes of an experiment need at once; 0: what this machine has."""
    queued: float
    """Experiments of one user that wait."""
    daily_hours: float
    """Of machine time of one user: had in the last day, and planned of what waits and runs."""

    def check(self, expected: Estimate, request: Request, folder: Path, memory_bytes: int = 0) -> None:
        """Raise BadInput, which says what to ask for instead, for an experiment that is too large.

        folder: on the disk where its tapes will be. memory_bytes: of the machine that is to race it; 0
        for this one.
        """
        seconds = planned_seconds(expected, request)
        if seconds > self.hours * HOUR:
            raise BadInput(
                f"It would take about {_long(seconds)}, and one experiment may take {_long(self.hours * HOUR)}; "
                "ask for fewer rounds, epochs or variants."
            )
        if expected.tape_bytes > (room := self._tape_bytes(folder)):
            raise BadInput(
                f"The batches of its runs would take {_size(expected.tape_bytes)} of disk at once, and one experiment "
                f"may take {_size(room)}; ask for fewer epochs or variants, or larger batches."
            )
        if expected.memory_bytes > (room := self._memory_bytes(memory_bytes)):
            raise BadInput(
                f"Its {expected.processes} processes would need about {_size(expected.memory_bytes)} at once, and may "
                f"have {_size(room)}; ask for fewer variants or states, or smaller batches."
            )

    def admit(self, asked: Asked, seconds: float) -> None:
        """Raise BadInput where a user has asked for too much already to ask for `seconds` more."""
        if asked.waiting >= self.queued:
            raise BadInput(
                f"{asked.waiting:,} of your experiments wait already, and {self.queued:,.0f} may; "
                "stop one, or ask again when one has started."
            )
        if asked.seconds + seconds > self.daily_hours * HOUR:
            raise BadInput(
                f"Your experiments of one day would take {_long(asked.seconds + seconds)} of machine time with this "
                f"one, and may take {_long(self.daily_hours * HOUR)}; stop one that waits, or ask again later."
            )

    def _tape_bytes(self, folder: Path) -> float:
        return min(self.tape_mib * MEBIBYTE, DISK_SHARE * shutil.disk_usage(folder).free)

    def _memory_bytes(self, there: int) -> float:
        import psutil

        return self.memory_mib * MEBIBYTE or (1 - RESERVE) * (there or psutil.virtual_memory().total)


DEFAULTS = {
    "local": Limits(hours=7 * 24, tape_mib=1024, memory_mib=0, queued=1000, daily_hours=math.inf),
    "hosted": Limits(hours=4, tape_mib=256, memory_mib=4096, queued=20, daily_hours=12),
}
"""By the mode of hosting. A machine of one's own is kept from what cannot be meant, a shared one from
what would keep it from others."""

VARIABLES = {field.name: f"LENET_MAX_{field.name.upper()}" for field in dataclasses.fields(Limits)}
"""Limit -> the variable that sets it."""


def read(mode: str, environment: Mapping[str, str]) -> Limits:
    """The limits of a mode of hosting, those replaced that a variable sets. Raises BadInput."""
    given = {name: environment.get(variable, "") for name, variable in VARIABLES.items()}
    numbers = {name: _number(VARIABLES[name], text) for name, text in given.items() if text}
    return dataclasses.replace(DEFAULTS[mode], **numbers)


def planned_seconds(expected: Estimate, request: Request) -> float:
    """The most machine time that an experiment is planned to take; one whose end is open may use
    its whole budget."""
    return max(expected.seconds, request.settings.budget if request.settings.open_ended else 0.0)


def _number(variable: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not number > 0:
        raise BadInput(f"{variable} is {text!r}; it must be a number above 0, or not set.")
    return number


def _long(seconds: float) -> str:
    # Imports NumPy, for which a first paint must not wait.
    from lenet.bench.plan_words import duration

    return duration(seconds)


def _size(count: float) -> str:
    return f"{count / GIBIBYTE:.1f} GiB" if count >= GIBIBYTE else f"{max(count / MEBIBYTE, 1):.0f} MiB"
