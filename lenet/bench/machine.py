"""The machine: its description, its load, and the cores of workers and app during a race."""

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

from lenet import program
from lenet.bench import sensors
from lenet.fleet import identity
from lenet.home import open_home
from lenet.settings import CORES, Settings


def describe() -> dict[str, Any]:
    """Describe the machine and this program, as plain values for the record of an experiment.

    Its id stands there once it has joined a fleet, where hosts may all be called the same.
    """
    told = identity.known(open_home())
    return {**_described(), "id": told} if told else dict(_described())


@lru_cache(maxsize=1)
def _described() -> dict[str, Any]:
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
    """Load averages over 1, 5 and 15 minutes, and free memory (bytes), now."""
    one, five, fifteen = os.getloadavg()
    return {
        "load_1min": one,
        "load_5min": five,
        "load_15min": fifteen,
        "memory_available_bytes": float(psutil.virtual_memory().available),
    }


class LoadMeter:
    """Measures how busy the machine was between the creation of this meter and `read`."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._times = psutil.cpu_times()
        self._lost = _lost()

    def read(self) -> dict[str, float]:
        """Shares in percent, load average and MHz; a value that the system does not tell has no
        key.

        busy, steal: shares of all cores' time, used by any process, or taken by the hypervisor.
        cpu_waiting, memory_waiting: shares of the time in which some process waited for a core, or
        for memory. throttled: share of the time in which this container had used up its share of
        the cores. mhz: the cores' mean frequency now.
        """
        spent = shares(self._times, psutil.cpu_times())
        seconds = max(time.monotonic() - self._began, 1e-3)
        lost = {name: 100 * (now - self._lost[name]) / seconds for name, now in _lost().items() if name in self._lost}
        readings = {
            "busy_percent": round(100 * (1 - spent["idle"] - spent.get("iowait", 0.0)), 1),
            **{name: round(percent, 2) for name, percent in lost.items()},
            "load_1min": round(os.getloadavg()[0], 2),
        }
        if "steal" in spent:
            readings["steal_percent"] = round(100 * spent["steal"], 2)
        if (mhz := sensors.frequency().now) is not None:
            readings["mhz"] = round(mhz)
        return readings


def _lost() -> dict[str, float]:
    """Seconds since boot that were lost to other programs, by the name of their share."""
    stalled = sensors.stalled()
    lost = {
        "cpu_waiting_percent": stalled.cpu,
        "memory_waiting_percent": stalled.memory,
        "throttled_percent": sensors.throttled(),
    }
    return {name: seconds for name, seconds in lost.items() if seconds is not None}


def shares(before: Any, after: Any) -> dict[str, float]:
    """Shares of all cores' time between two `psutil.cpu_times()`: idle, user, steal, ..."""
    spent = {name: getattr(after, name) - getattr(before, name) for name in after._fields}
    # Linux counts guest time inside user time already.
    total = sum(seconds for name, seconds in spent.items() if not name.startswith("guest"))
    return {name: seconds / total for name, seconds in spent.items()} if total > 0 else {**spent, "idle": 1.0}


def split_cores(settings: Settings) -> tuple[list[int], list[int]]:
    """(the workers' cores, the app's cores); both have all cores when none can be spared."""
    cores = settings.cores or settings.threads
    if cores >= len(CORES) or not hasattr(os, "sched_setaffinity"):
        return list(CORES), list(CORES)
    return list(CORES[-cores:]), list(CORES[:-cores])


@contextlib.contextmanager
def app_on(cores: list[int]) -> Iterator[None]:
    """Keep every thread of this process on `cores` inside the `with` block."""
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
    if program.is_installed():
        return ""  # git would answer for the repository around the environment
    return sensors.output("git", "-C", str(program.PROJECT), "rev-parse", "HEAD") or ""
