"""Measure (a) a tick of the clock, (b) the clock against a bare loop, and the cost of turns."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lenet import catalog, problem
from lenet.analysis.intervals import Interval, interval, log_interval
from lenet.analysis.steady import RESUME_DROP, WARMUP
from lenet.bench import environment
from lenet.bench.launcher import Outcome, Worker
from lenet.program import PROJECT
from lenet.settings import Settings

ROUNDS = 6
SLICES = 48
SLICE = 20
TICK_BLOCKS = 40
VARIANT = "tensorflow_function"

Bare = subprocess.Popen[str]

TICK = f"""
import os, sys, time
from lenet.worker import tape
from lenet.worker.clock import Clock
BLOCK = 5000
path = sys.argv[1]
tape.create(path, {TICK_BLOCKS} * BLOCK + 2)
class Parent:
    def send(self, *arguments, **fields): pass
    def next_grant(self): return 10**9
clock = Clock(tape.Writer(path), Parent(), Parent(), float, "batch", 10**9)
clock.pause()
for block in range({TICK_BLOCKS}):
    begin = time.perf_counter_ns()
    for _ in range(BLOCK):
        clock.tick(0.5)
    ticked = time.perf_counter_ns()
    for _ in range(BLOCK):
        pass
    print((2 * ticked - begin - time.perf_counter_ns()) / BLOCK)
"""


def tick(folder: Path) -> Interval:
    """Nanoseconds of one tick, without the loop around it.

    A tick reads a loss that is a float already, reads the time, and writes to the tape.
    """
    rounds = []
    for number in range(ROUNDS):
        command = [sys.executable, "-c", TICK, str(folder / f"tick-{number}")]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
        rounds.append(np.array([float(line) for line in done.stdout.split()]))
    return interval(rounds)


def bare(folder: Path) -> Interval:
    """The ratio of the worker's time to the bare loop's, slice by slice in turns."""
    rounds = []
    for number in range(ROUNDS):
        with _worker(folder / f"bare-{number}", (SLICES + 1) * SLICE) as worker, _bare(worker) as loop:
            turns = random.Random(number)
            _slice_of(worker, SLICE), _slice_of_bare(loop, SLICE)
            rounds.append(np.array([_ratio(worker, loop, turns) for _ in range(SLICES)]))
    return log_interval(rounds)


def _ratio(worker: Worker, loop: Bare, turns: random.Random) -> float:
    if turns.random() < 0.5:
        return _slice_of(worker, SLICE) / _slice_of_bare(loop, SLICE)
    bare_seconds = _slice_of_bare(loop, SLICE)
    return _slice_of(worker, SLICE) / bare_seconds


def after_another(folder: Path) -> Interval:
    """What taking turns costs, as a ratio of times of a slice's steady batches.

    It is the time after another run's turn over the time after the run's own.
    """
    rounds = []
    for number in range(ROUNDS):
        batches = 2 * (SLICES + 1) * SLICE
        with (
            _worker(folder / f"first-{number}", batches) as worker,
            _worker(folder / f"second-{number}", batches) as other,
        ):
            _slice_of(worker, WARMUP), _slice_of(other, WARMUP)
            rounds.append(np.array([_turned(worker, other) for _ in range(SLICES)]))
    return log_interval(rounds)


def _turned(worker: Worker, other: Worker) -> float:
    _slice_of(other, SLICE)
    after_other = _slice_of(worker, SLICE)
    return after_other / _slice_of(worker, SLICE)


@contextlib.contextmanager
def _worker(folder: Path, batches: int) -> Iterator[Worker]:
    """A worker that has built its variant and waits for its first grant."""
    settings = Settings.parse({"images_per_epoch": 57_600, "epochs": 1 + batches // 1800})
    folder.mkdir(parents=True)
    problem_file = folder / "problem.npz"
    problem.make(settings).write(problem_file)
    worker = Worker(catalog.variant(VARIANT), settings, problem_file, folder)
    try:
        _listen(worker)
        yield worker
    finally:
        worker.end(Outcome("cancelled"))
        worker.outcome()


def _listen(worker: Worker) -> None:
    while (event := worker.next_event()) is not None and event["event"] != "slice":
        pass


def _slice_of(worker: Worker, batches: int) -> float:
    """Train a slice and return the mean seconds of its steady batches."""
    worker.grant(batches)
    _listen(worker)
    rows = worker.batches()[-batches:][RESUME_DROP:]
    return float(np.mean(rows["end"] - rows["start"])) / 1e9


@contextlib.contextmanager
def _bare(worker: Worker) -> Iterator[Bare]:
    """The process of the bare loop, on the images and in the environment of `worker`."""
    problem_file = str(worker.tape.parent / "problem.npz")
    process = subprocess.Popen(
        [sys.executable, "-m", "audit.bare", problem_file, "32", str(worker.settings.threads)],
        cwd=PROJECT,
        env=environment.of(worker.variant, worker.settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _slice_of_bare(process: Bare, batches: int) -> float:
    """Train a slice in the bare loop and return the mean seconds of its steady batches.

    The first batches after the pause are asked for separately and left out.
    """
    assert process.stdin and process.stdout
    for count in (RESUME_DROP, batches - RESUME_DROP):
        process.stdin.write(f"{count}\n")
        process.stdin.flush()
        seconds = float(process.stdout.readline())
    return seconds / (batches - RESUME_DROP)
