"""Reads the system's own counters in /proc, in /sys and from its tools. A value that the system
does not tell is None, never a guess."""

from __future__ import annotations

import contextlib
import csv
import shutil
import subprocess
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import psutil

PROC, CPUS, CGROUP = Path("/proc"), Path("/sys/devices/system/cpu"), Path("/sys/fs/cgroup")
GPU_SECONDS = 30
"""Seconds between two questions to a GPU: each question can take up to a second of its time."""


class Stalled(NamedTuple):
    """Seconds since boot in which some process waited for a core, for memory, or for a disk."""

    cpu: float | None
    memory: float | None
    io: float | None


class Frequency(NamedTuple):
    """The cores' clock: governors in use, MHz now (mean), the most allowed, the most possible."""

    governors: tuple[str, ...]
    now: float | None
    allowed: float | None
    possible: float | None


def stalled() -> Stalled:
    """Linux's pressure stall information (Documentation/accounting/psi.rst), the total of
    `some`."""
    return Stalled(*(_stalled(resource) for resource in ("cpu", "memory", "io")))


def _stalled(resource: str) -> float | None:
    for line in _text(PROC / "pressure" / resource).splitlines():
        kind, *fields = line.split()
        total = dict(field.split("=") for field in fields).get("total") if kind == "some" else None
        if total is not None:
            return int(total) / 1e6
    return None


def throttled() -> float | None:
    """Seconds in which this container had used up its share of the cores; None without a limit."""
    for file, unit in (("cpu.stat", 1e6), ("cpu/cpu.stat", 1e9)):  # version 2, version 1
        fields = dict(line.split() for line in _text(CGROUP / file).splitlines() if line.count(" ") == 1)
        spent = fields.get("throttled_usec") or fields.get("throttled_time")
        if spent is not None and fields.get("nr_periods", "0") != "0":
            return int(spent) / unit
    return None


def frequency() -> Frequency:
    """The clock of the cores, read from cpufreq, which most virtual machines do not have."""
    folders = sorted(CPUS.glob("cpu[0-9]*/cpufreq"))
    governors = {_text(folder / "scaling_governor").strip() for folder in folders} - {""}
    names = ("scaling_cur_freq", "scaling_max_freq", "cpuinfo_max_freq")
    return Frequency(tuple(sorted(governors)), *(_mean_mhz(folder / name for folder in folders) for name in names))


def _mean_mhz(files: Iterable[Path]) -> float | None:
    mhz = [int(text) / 1000 for file in files if (text := _text(file).strip()).isdigit()]
    return sum(mhz) / len(mhz) if mhz else None


def swapped() -> float | None:
    """Bytes moved to and from swap since boot."""
    with contextlib.suppress(OSError, RuntimeError):
        swap = psutil.swap_memory()
        return float(swap.sin + swap.sout)
    return None


def gpu_processes() -> tuple[tuple[int, str], ...] | None:
    """(process id, name) of each process that computes on a GPU now; None where no tool tells."""
    return _gpu_processes(int(time.monotonic() / GPU_SECONDS))


@lru_cache(maxsize=1)
def _gpu_processes(moment: int) -> tuple[tuple[int, str], ...] | None:
    if not shutil.which("nvidia-smi"):
        return None
    printed = output("nvidia-smi", "--query-compute-apps=pid,process_name", "--format=csv,noheader")
    if printed is None:
        return None
    rows = [row for row in csv.reader(printed.splitlines(), skipinitialspace=True) if len(row) == 2]
    return tuple((int(pid), Path(name).name) for pid, name in rows if pid.isdigit())


def output(*command: str) -> str | None:
    """The output of a tool; None when it fails or takes more than ten seconds."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _text(file: Path) -> str:
    with contextlib.suppress(OSError):
        return file.read_text(encoding="utf-8", errors="replace")
    return ""
