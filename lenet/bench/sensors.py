"""Sensors: what the system tells in /proc, in /sys and by its tools. A fact that it does not tell
is None."""

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
"""A GPU is asked at most so often: the question costs it up to a second."""


class Stalled(NamedTuple):
    """Seconds since boot in which at least one process had to wait for a core, for memory, for a
    disk."""

    cpu: float | None
    memory: float | None
    io: float | None


class Frequency(NamedTuple):
    """How the cores are clocked: governors in use, MHz now (mean), the most allowed, the most
    possible."""

    governors: tuple[str, ...]
    now: float | None
    allowed: float | None
    possible: float | None


def stalled() -> Stalled:
    """Linux's pressure stall information (Documentation/accounting/psi.rst): `some`, in total."""
    return Stalled(*(_stalled(what) for what in ("cpu", "memory", "io")))


def _stalled(what: str) -> float | None:
    for line in _text(PROC / "pressure" / what).splitlines():
        kind, *fields = line.split()
        total = dict(field.split("=") for field in fields).get("total") if kind == "some" else None
        if total is not None:
            return int(total) / 1e6
    return None


def throttled() -> float | None:
    """Seconds in which this container had used up its share of the cores; None without such a
    limit."""
    for file, unit in (("cpu.stat", 1e6), ("cpu/cpu.stat", 1e9)):  # version 2, version 1
        fields = dict(line.split() for line in _text(CGROUP / file).splitlines() if line.count(" ") == 1)
        spent = fields.get("throttled_usec") or fields.get("throttled_time")
        if spent is not None and fields.get("nr_periods", "0") != "0":
            return int(spent) / unit
    return None


def frequency() -> Frequency:
    """From cpufreq; virtual machines mostly have none."""
    folders = sorted(CPUS.glob("cpu[0-9]*/cpufreq"))
    governors = {_text(folder / "scaling_governor").strip() for folder in folders} - {""}
    names = ("scaling_cur_freq", "scaling_max_freq", "cpuinfo_max_freq")
    return Frequency(tuple(sorted(governors)), *(_mean_mhz(folder / name for folder in folders) for name in names))


def _mean_mhz(files: Iterable[Path]) -> float | None:
    found = [int(text) / 1000 for file in files if (text := _text(file).strip()).isdigit()]
    return sum(found) / len(found) if found else None


def swapped() -> float | None:
    """Bytes moved to and from swap since boot."""
    with contextlib.suppress(OSError, RuntimeError):
        swap = psutil.swap_memory()
        return float(swap.sin + swap.sout)
    return None


def gpu_processes() -> tuple[tuple[int, str], ...] | None:
    """(process id, name) of whatever computes on a GPU now; None where no tool tells."""
    return _gpu_processes(int(time.monotonic() / GPU_SECONDS))


@lru_cache(maxsize=1)
def _gpu_processes(moment: int) -> tuple[tuple[int, str], ...] | None:
    if not shutil.which("nvidia-smi"):
        return None
    told = output("nvidia-smi", "--query-compute-apps=pid,process_name", "--format=csv,noheader")
    rows = [row for row in csv.reader((told or "").splitlines(), skipinitialspace=True) if len(row) == 2]
    return None if told is None else tuple((int(pid), Path(name).name) for pid, name in rows if pid.isdigit())


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
