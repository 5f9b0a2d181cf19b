"""What machine this is, how busy it is, and which cores belong to whom during a race."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import psutil

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
        self._begin = psutil.cpu_times()

    def read(self) -> dict[str, float]:
        """Shares of all cores' time, in percent: busy (anybody) and steal (the hypervisor took it), and the load."""
        now = psutil.cpu_times()
        spent = {name: getattr(now, name) - getattr(self._begin, name) for name in now._fields}
        # Linux counts guest time inside user time already.
        total = sum(seconds for name, seconds in spent.items() if not name.startswith("guest")) or 1.0
        idle = spent["idle"] + spent.get("iowait", 0.0)
        return {
            "busy_percent": round(100 * (1 - idle / total), 1),
            "steal_percent": round(100 * spent.get("steal", 0.0) / total, 2),
            "load_1min": round(os.getloadavg()[0], 2),
        }


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
    return _output("nvidia-smi", "--query-gpu=name", "--format=csv,noheader").splitlines()


def _commit() -> str:
    return _output("git", "-C", str(PROJECT), "rev-parse", "HEAD")


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
