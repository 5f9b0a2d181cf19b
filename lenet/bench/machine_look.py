"""Looks at what other programs use of the machine; `analysis.noise.quiet` judges it."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass

import psutil

from lenet.bench import sensors
from lenet.bench.machine import shares
from lenet.settings import CORES

SHORTEST = 0.5
"""Seconds that a look covers at least: shares of less than fifty clock ticks say little."""
BUSY = 0.05
"""Cores; a process that uses fewer is not named."""
NAMED = 3
"""Processes that a look names, at most."""


@dataclass(frozen=True)
class Look:
    """What was seen during `seconds`. Shares are from 0 to 1; None: the system does not tell."""

    seconds: float
    cores: int
    others: float
    """Share of all cores' time that other processes used."""
    busiest: tuple[tuple[str, float], ...]
    """(name, cores) of the processes that used most."""
    steal: float | None
    """Share of all cores' time that the hypervisor gave to other machines."""
    load: float
    """Load average of a minute."""
    memory_waiting: float | None
    """Share of the time in which at least one process waited for memory."""
    throttled: float | None
    """Share of the time in which this container had used up its share of the cores."""
    memory_free: int
    memory_total: int
    swapping: float | None
    """Bytes a second to and from swap."""
    frequency: sensors.Frequency
    gpu_processes: tuple[tuple[int, str], ...] | None
    """(process id, name) of other programs that compute on a GPU."""


@dataclass(frozen=True)
class _Counters:
    """The machine's counters at one moment; a look is the difference of two."""

    moment: float
    times: object
    processes: dict[tuple[int, float], tuple[str, float]]
    """(process id, start time) -> (name, seconds of a core used so far)."""
    stalled: sensors.Stalled
    throttled: float | None
    swapped: float | None


class Watch:
    """Makes looks; each covers the time since the one before. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = _counters()

    def look(self) -> Look:
        """Look at the time since the last look (at first: since creation), at least SHORTEST."""
        with self._lock:
            before = self._last
            time.sleep(max(before.moment + SHORTEST - time.monotonic(), 0.0))
            self._last = now = _counters()
        return _between(before, now)


def _counters() -> _Counters:
    return _Counters(
        time.monotonic(),
        psutil.cpu_times(),
        _processes(),
        sensors.stalled(),
        sensors.throttled(),
        sensors.swapped(),
    )


def _processes() -> dict[tuple[int, float], tuple[str, float]]:
    used = {}
    for process in psutil.process_iter(("name", "cpu_times", "create_time")):
        if times := process.info["cpu_times"]:
            seconds = times.user + times.system
            used[process.pid, process.info["create_time"]] = process.info["name"] or "?", seconds
    return used


def _between(before: _Counters, now: _Counters) -> Look:
    seconds = now.moment - before.moment
    spent = shares(before.times, now.times)
    used = _used(before, now)
    own = sum(cores for (pid, _), (_, cores) in used.items() if pid == os.getpid())
    busy = 1 - spent["idle"] - spent.get("iowait", 0.0) - spent.get("steal", 0.0)
    memory = psutil.virtual_memory()
    return Look(
        seconds=seconds,
        cores=len(CORES),
        others=max(busy - own / (os.cpu_count() or 1), 0.0),
        busiest=_busiest(used),
        steal=spent.get("steal"),
        load=os.getloadavg()[0],
        memory_waiting=_rate(before.stalled.memory, now.stalled.memory, seconds),
        throttled=_rate(before.throttled, now.throttled, seconds),
        memory_free=memory.available,
        memory_total=memory.total,
        swapping=_rate(before.swapped, now.swapped, seconds),
        frequency=sensors.frequency(),
        gpu_processes=_others_on_gpu(),
    )


def _used(before: _Counters, now: _Counters) -> dict[tuple[int, float], tuple[str, float]]:
    """Cores that each process used: 1 where it computed all the time on one core."""
    seconds = now.moment - before.moment
    return {
        key: (name, (spent - before.processes.get(key, (name, 0.0))[1]) / seconds)
        for key, (name, spent) in now.processes.items()
    }


def _busiest(used: dict[tuple[int, float], tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    others = [(name, cores) for (pid, _), (name, cores) in used.items() if pid != os.getpid() and cores > BUSY]
    return tuple(sorted(others, key=lambda process: -process[1])[:NAMED])


def _others_on_gpu() -> tuple[tuple[int, str], ...] | None:
    processes = sensors.gpu_processes()
    if processes is None:
        return None
    return tuple(process for process in processes if process[0] != os.getpid())


def _rate(before: float | None, now: float | None, seconds: float) -> float | None:
    return None if before is None or now is None else max(now - before, 0.0) / seconds
