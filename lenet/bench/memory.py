"""Reads the memory of a worker: the peak of its own process, and what its children use now."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import psutil


def peak(pid: int) -> int:
    """Peak resident bytes of a live process; 0 where the system does not tell.

    (`ru_maxrss` would not do: a child inherits its parent's peak.)
    """
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def together(processes: Iterable[psutil.Process]) -> int:
    """Resident bytes, now, of all these processes, such as a worker's compilers.

    They are counted proportionally (PSS): a page that a forked child shares with its parent does
    not count twice.
    """
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total
