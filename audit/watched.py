"""Measure (c) and (d): the same race watched and not watched, in turns; by a client that draws nothing,
which is what the server alone costs, and by a real browser on the same machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lenet.analysis.intervals import Interval, log_interval
from lenet.analysis.steady import steady
from lenet.bench.follow import Follower
from lenet.bench.service import Service
from lenet.home import Home
from lenet.program import PROJECT
from lenet.records import Request
from lenet.settings import Settings

ROUNDS = 4
TURNS = 5
TURN_SECONDS = 4.0
SETTLE_SECONDS = 1.5
"""Left out after each change, while the page loads or closes."""
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync")


def browser() -> str | None:
    """The path of a Chromium on this machine; None where this figure cannot be measured."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


Watch = Callable[[str], contextlib.AbstractContextManager[None]]
"""Watches the page at an address for as long as it is entered."""


def by_nobody_who_draws(folder: Path, threads: int) -> Interval:
    """The ratio of mean batch times in neighbouring turns: watched by a client that draws nothing, over
    not watched."""
    return _measured(folder / f"client-{threads}", _client, threads)


def by_a_browser(folder: Path, threads: int) -> Interval:
    """The same for a browser that draws, on the machine of the race."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser(), args=list(FLAGS))
        try:
            return _measured(folder / f"browser-{threads}", lambda address: _drawn(chromium, address), threads)
        finally:
            chromium.close()


@contextlib.contextmanager
def _client(address: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "audit.viewer", address], cwd=PROJECT, stdin=subprocess.PIPE)
    try:
        yield
    finally:
        process.communicate()


@contextlib.contextmanager
def _drawn(chromium: Any, address: str) -> Iterator[None]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    try:
        context.new_page().goto(address, wait_until="load")
        yield
    finally:
        context.close()


def _measured(folder: Path, watch: Watch, threads: int) -> Interval:
    home = Home(folder)
    (home.root / "experiments").mkdir(parents=True)
    with app(home) as address:
        return log_interval([_round(home, watch, address, threads) for _ in range(ROUNDS)])


def _round(home: Home, watch: Watch, address: str, threads: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Race the variant against itself, watched in every second turn.

    Return a ratio for each pair of turns.
    """
    # Nothing is timed for seconds at the end of an epoch, so small batches make an epoch much
    # longer than a turn.
    settings = Settings.parse({"rounds": 1, "epochs": 100, "threads": threads, "batch_size": 8})
    service = Service(home)
    try:
        number = service.submit(Request(("tensorflow_function", "tensorflow_function"), settings))
        while not _all_training(service, number):
            time.sleep(0.5)
        page = f"{address}/?experiment={number}"
        turns = [_turn(watch(page) if seen else contextlib.nullcontext()) for seen in (True, False) * TURNS]
        service.stop(number)
        service.wait(number)
        times = [_batches(service.store.batches(run.id), settings) for run in service.store.runs(number)]
    finally:
        service.close()
    means = np.array([_mean_between(times, begin, end) for begin, end in turns])
    ratios = means[0::2] / means[1::2]
    return np.asarray(ratios[np.isfinite(ratios)])


def _mean_between(times: list[tuple[Any, Any]], begin: float, end: float) -> float:
    """Mean ms of all batches that ended in a turn; NaN when a pause filled the turn."""
    inside = np.concatenate([ms[(ends > begin) & (ends < end)] for ends, ms in times])
    return float(inside.mean()) if len(inside) else float("nan")


def _all_training(service: Service, number: int) -> bool:
    runs = Follower(service.store, service.home, service.store.experiment(number)).look().now
    return len(runs) == 2 and all(run.count > 100 for run in runs)


def _batches(rows: Any, settings: Settings) -> tuple[Any, Any]:
    """Steady batches: (ends in seconds of the monotonic clock, durations in ms)."""
    kept = steady(rows, settings)
    return rows["end"][kept["batch"].to_numpy()] / 1e9, kept["ms"].to_numpy()


def _turn(watching: contextlib.AbstractContextManager[None]) -> tuple[float, float]:
    """Let a turn pass, watched or not.

    Return the begin and the end of the part that counts, in seconds by the tape's clock.
    """
    with watching:
        time.sleep(SETTLE_SECONDS)
        begin = time.perf_counter()
        time.sleep(TURN_SECONDS)
        return begin, time.perf_counter()


@contextlib.contextmanager
def app(home: Home) -> Iterator[str]:
    """Run the app on the data folder, on a free port of this machine; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    process = subprocess.Popen(
        [*command, "--server.address=127.0.0.1"],
        cwd=PROJECT,
        env={**os.environ, "LENET_HOME": str(home.root)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until_healthy(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def until_healthy(url: str) -> None:
    """Wait until a server answers. Raises TimeoutError after a minute."""
    for _ in range(120):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.read() == b"ok":
                return
        time.sleep(0.5)
    raise TimeoutError("the app did not start within a minute")
