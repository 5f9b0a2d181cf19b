"""How much memory a worker takes: its own process at most, with what the processes that it started
take now."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil


def peak(pid: int) -> int:
    """Peak resident bytes of a live process. (`ru_maxrss` would not do: a child inherits its
    parent's peak.)"""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def of_children(pid: int) -> int:
    """Resident bytes of all processes below a live one, now; compilers, say.

    Proportional (PSS): pages that a forked child shares with its parent are not counted twice.
    """
    total = 0
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                total += child.memory_full_info().pss
    return total
