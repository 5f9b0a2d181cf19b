"""Measure what many viewers of a live race cost the server, beside a page of one bare line.

`python -m audit.viewers [--viewers 100] [--seconds 30] [--write]`: viewers draw nothing, and the race is a
replay (`audit.replayed`), so that all time measured is the server's. It has one core to itself where
there are two or more; viewers and replay have the others.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from audit import replayed, words
from audit.viewer import Viewer
from audit.watched import free_port, until_healthy
from lenet.home import Home
from lenet.program import PROJECT
from lenet.settings import CORES

FILE = PROJECT / "BENCHMARKS.md"
BLOCK = re.compile(r"(<!-- viewers -->\n).*(<!-- /viewers -->)", re.DOTALL)
SETTLE_SECONDS = 3.0
TOGETHER = 8
"""Viewers that open their page at once."""
ROWS = (1_000, 1_000_000)
BARE = "audit/bare_fragment.py"


@dataclass(frozen=True)
class Cost:
    """What viewers of one page cost the server."""

    page: str
    ticks: float
    """Per second and viewer."""
    processor_ms: float
    """Per tick."""
    kilobytes: float
    """Per tick."""
    median_ms: float
    late_ms: float
    """From question to answer; the 95th percentile."""
    beside: str = ""


def main() -> None:
    """Measure, print, and with --write put the table into BENCHMARKS.md."""
    parser = argparse.ArgumentParser(prog="python -m audit.viewers")
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rows", type=int, nargs="*", default=list(ROWS))
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    # Where the server is while the viewers are elsewhere.
    if len(CORES) > 1:
        os.sched_setaffinity(0, CORES[1:])
    costs = list(measure(asked.viewers, asked.seconds, asked.rows))
    free = "one core of its own" if len(CORES) > 1 else "no core of its own"
    how = f"{asked.viewers} viewers for {asked.seconds:.0f} s; the server on {free}; load {os.getloadavg()[0]:.1f}."
    command = f"python -m audit.viewers --viewers {asked.viewers} --seconds {asked.seconds:.0f}"
    header = [
        "| page | ticks per second and viewer | processor per tick | kB per tick | answer, median and 95 % |",
        "| --- | --- | --- | --- | --- |",
    ]
    text = "\n".join([f"{words.head(command)} {how}", "", *header, *map(_row, costs)])
    print(text)
    if asked.write:
        FILE.write_text(BLOCK.sub(lambda match: match[1] + text + "\n" + match[2], FILE.read_text()))


def _row(cost: Cost) -> str:
    figures = f"{cost.ticks:.2f} | {cost.processor_ms:.1f} ms | {cost.kilobytes:.1f}"
    return f"| {cost.page} | {figures} | {cost.median_ms:.0f}, {cost.late_ms:.0f} ms{cost.beside} |"


def measure(viewers: int, seconds: float, rows: Sequence[int]) -> Iterator[Cost]:
    """The bare line first and last, and between them the race: from its tapes, and as a hosted page
    that a runner elsewhere sends pictures."""
    with _server(BARE, {}) as (address, server):
        yield _cost("a bare line", address, "", server, viewers, seconds)
    for hosted in (False, True):
        for count in rows:
            with tempfile.TemporaryDirectory(prefix="lenet-bench-") as name:
                yield _race(Path(name), count, hosted, viewers, seconds)
    with _server(BARE, {}) as (address, server):
        yield _cost("the bare line again", address, "", server, viewers, seconds)


def _race(folder: Path, rows: int, hosted: bool, viewers: int, seconds: float) -> Cost:
    home = Home(folder / "home")
    (home.root / "experiments").mkdir(parents=True)
    port = free_port()
    mode = {
        "LENET_MODE": "hosted",
        "LENET_AUTH": "off",
        "LENET_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LENET_SECRET": "s" * 48,
    }
    environment = {"LENET_HOME": str(home.root), **(mode if hosted else {})}
    title = f"{'hosted: ' if hosted else ''}a race of two, {rows:,} batches each"
    with (
        replayed.race(home, rows, exhibited=hosted) as replay,
        _server("hosted.py" if hosted else "app.py", environment, port) as (address, server),
    ):
        cost = _cost(title, address, f"experiment={replay.number}", server, viewers, seconds)
        if not replay.pictures:
            return cost
        each = 1e3 * float(np.median(replay.pictures))
        return Cost(**{**vars(cost), "beside": f"; its runner {each:.1f} ms per picture"})


@contextlib.contextmanager
def _server(script: str, environment: dict[str, str], port: int = 0) -> Iterator[tuple[str, psutil.Process]]:
    """Run a page on a core of its own; (its host and port, its process)."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", script, f"--server.port={port}", "--server.address=127.0.0.1"]
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env={**os.environ, **environment, "PYTHONPATH": str(PROJECT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        server = psutil.Process(process.pid)
        if len(CORES) > 1:
            os.sched_setaffinity(process.pid, CORES[:1])
        until_healthy(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"127.0.0.1:{port}", server
    finally:
        process.terminate()
        process.wait()


def _cost(page: str, address: str, query: str, server: psutil.Process, viewers: int, seconds: float) -> Cost:
    return asyncio.run(_watch(page, address, query, server, viewers, seconds))


async def _watch(page: str, address: str, query: str, server: psutil.Process, count: int, seconds: float) -> Cost:
    viewers = [Viewer(address, query) for _ in range(count)]
    for at in range(0, count, TOGETHER):
        await asyncio.gather(*(viewer.open() for viewer in viewers[at : at + TOGETHER]))
    await asyncio.sleep(SETTLE_SECONDS)
    before, spent, begun = [(one.bytes, len(one.ticks)) for one in viewers], _spent(server), time.monotonic()
    await asyncio.sleep(seconds)
    spent, passed = _spent(server) - spent, time.monotonic() - begun
    ticks = np.concatenate([one.ticks[had:] for one, (_, had) in zip(viewers, before, strict=True)])
    received = sum(one.bytes - had for one, (had, _) in zip(viewers, before, strict=True))
    await asyncio.gather(*(viewer.close() for viewer in viewers))
    if not len(ticks):
        raise RuntimeError(f"{page}: no tick was answered; open the page by hand.")
    return Cost(
        page,
        len(ticks) / passed / count,
        1e3 * spent / len(ticks),
        received / 1e3 / len(ticks),
        1e3 * float(np.median(ticks)),
        1e3 * float(np.percentile(ticks, 95)),
    )


def _spent(server: psutil.Process) -> float:
    """Seconds of processor time."""
    times = server.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
