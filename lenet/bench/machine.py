"""This machine: what it is, how busy it is, and which cores belong to whom during a race."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import psutil

from lenet.bench import sensors
from lenet.settings import CORES

PROJECT = Path(__file__).parent.parent.parent


@lru_cache(maxsize=1)
def describe() -> dict[str, Any]:
    """The machine and this program, as read now: plain values for the record of an experiment."""
    return {
        "host": socket.gethostname(),
        "cpu": _cpu_model(),
        "cores": len(CORES),
        "memory_bytes": psutil.virtual_memory().total,
        "gpus": _gpus(),
        "platform": platform.platform(),
        "libc": " ".join(platform.libc_ver()).strip(),
        "python": platform.python_version(),
        "interpreter": sys.executable,
        "commit": _commit(),
    }


def load() -> dict[str, float]:
    """Load averages over 1, 5 and 15 minutes and free memory (bytes), now."""
    one, five, fifteen = os.getloadavg()
    return {
        "load_1min": one,
        "load_5min": five,
        "load_15min": fifteen,
        "memory_available_bytes": float(psutil.virtual_memory().available),
    }


class LoadMeter:
    """How busy the machine was between its making and `read`."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._times = psutil.cpu_times()
        self._lost = _lost()

    def read(self) -> dict[str, float]:
        """Shares in percent, and the load. What this system does not tell has no entry.

        Of all cores' time: busy (anybody) and steal (the hypervisor took it). Of the time:
        cpu_waiting, memory_waiting (some process waited for a core, for memory) and throttled (this
        container had used up its share). mhz: now.
        """
        spent = shares(self._times, psutil.cpu_times())
        seconds = max(time.monotonic() - self._began, 1e-3)
        lost = {name: 100 * (now - self._lost[name]) / seconds for name, now in _lost().items() if name in self._lost}
        found = {
            "busy_percent": round(100 * (1 - spent["idle"] - spent.get("iowait", 0.0)), 1),
            **{name: round(percent, 2) for name, percent in lost.items()},
            "load_1min": round(os.getloadavg()[0], 2),
        }
        if "steal" in spent:
            found["steal_percent"] = round(100 * spent["steal"], 2)
        if (mhz := sensors.frequency().now) is not None:
            found["mhz"] = round(mhz)
        return found


def _lost() -> dict[str, float]:
    """Seconds since boot that were lost to somebody else, by the name of their share."""
    stalled = sensors.stalled()
    told = {
        "cpu_waiting_percent": stalled.cpu,
        "memory_waiting_percent": stalled.memory,
        "throttled_percent": sensors.throttled(),
    }
    return {name: seconds for name, seconds in told.items() if seconds is not None}


def shares(before: Any, after: Any) -> dict[str, float]:
    """How all cores spent the time between two `psutil.cpu_times()`: idle, user, steal, ... as
    shares of it."""
    spent = {name: getattr(after, name) - getattr(before, name) for name in after._fields}
    # Linux counts guest time inside user time already.
    total = sum(seconds for name, seconds in spent.items() if not name.startswith("guest"))
    return {name: seconds / total for name, seconds in spent.items()} if total > 0 else {**spent, "idle": 1.0}


def split_cores(threads: int) -> tuple[list[int], list[int]]:
    """(the workers' cores, the app's cores); with none to spare both have all of them."""
    if threads >= len(CORES) or not hasattr(os, "sched_setaffinity"):
        return list(CORES), list(CORES)
    return list(CORES[-threads:]), list(CORES[:-threads])


@contextlib.contextmanager
def app_on(cores: list[int]) -> Iterator[None]:
    """Keep every thread of this process on `cores` for the length of a race."""
    _move_threads(cores)
    try:
        yield
    finally:
        _move_threads(list(CORES))


def _move_threads(cores: list[int]) -> None:
    if not hasattr(os, "sched_setaffinity"):
        return
    for task in os.listdir("/proc/self/task"):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(task), cores)


def _cpu_model() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _gpus() -> list[str]:
    if not shutil.which("nvidia-smi"):
        return []
    return (sensors.output("nvidia-smi", "--query-gpu=name", "--format=csv,noheader") or "").splitlines()


def _commit() -> str:
    return sensors.output("git", "-C", str(PROJECT), "rev-parse", "HEAD") or ""
