"""A look at the machine: what happened on it since the last one. `analysis.noise.quiet` says what
it means."""

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
"""Seconds that a first look takes: shares of less than fifty clock ticks say little."""
BUSY = 0.05
"""A process that uses less of a core than this is not worth naming."""
NAMED = 3


@dataclass(frozen=True)
class Look:
    """The state of the machine during `seconds`. None: this system does not tell it. Shares from 0
    to 1."""

    seconds: float
    cores: int
    others: float
    """Of all cores' time, what processes other than this one used."""
    busiest: tuple[tuple[str, float], ...]
    """(name, cores) of the processes that used most of it."""
    steal: float | None
    """Of all cores' time, what the hypervisor gave to other machines."""
    load: float
    """Load average of a minute."""
    memory_waiting: float | None
    """Of the time, when at least one process waited for memory."""
    throttled: float | None
    """Of the time, when this container had used up its share of the cores."""
    memory_free: int
    memory_total: int
    swapping: float | None
    """Bytes a second to and from swap."""
    frequency: sensors.Frequency
    gpu_processes: tuple[tuple[int, str], ...] | None
    """Of other programs; (process id, name)."""


@dataclass(frozen=True)
class _Counters:
    """Counters that only grow, read at one moment."""

    moment: float
    times: object
    processes: dict[tuple[int, float], tuple[str, float]]
    """(process id, its start) -> (name, seconds of a core that it has used)."""
    stalled: sensors.Stalled
    throttled: float | None
    swapped: float | None


class Watch:
    """Looks from time to time; each look tells of the time since the one before. Safe to use from
    many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = _counters()

    def look(self) -> Look:
        """The look at everything since the last one, or since this was made; it waits until that is
        half a second ago."""
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
    found = {}
    for process in psutil.process_iter(("name", "cpu_times", "create_time")):
        if times := process.info["cpu_times"]:
            spent = times.user + times.system
            found[process.pid, process.info["create_time"]] = process.info["name"] or "?", spent
    return found


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
    """Cores that each process used between the two, one for a process that did nothing else but
    compute."""
    seconds = now.moment - before.moment
    return {
        key: (name, (spent - before.processes.get(key, (name, 0.0))[1]) / seconds)
        for key, (name, spent) in now.processes.items()
    }


def _busiest(used: dict[tuple[int, float], tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    others = [(name, cores) for (pid, _), (name, cores) in used.items() if pid != os.getpid() and cores > BUSY]
    return tuple(sorted(others, key=lambda process: -process[1])[:NAMED])


def _others_on_gpu() -> tuple[tuple[int, str], ...] | None:
    told = sensors.gpu_processes()
    return None if told is None else tuple(process for process in told if process[0] != os.getpid())


def _rate(before: float | None, now: float | None, seconds: float) -> float | None:
    return None if before is None or now is None else max(now - before, 0.0) / seconds
