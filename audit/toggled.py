"""Measure the true cost of a planted slowdown, switched on and off in turns in one process.

A pause of 300 microseconds costs more than 300: other programs fill the caches meanwhile, and the
next step is slower. So the law is judged by this cost, measured without the race around it, and not
by what was planted.

`python -m audit.toggled PROBLEM SIZES THREADS SECONDS` measures in one process; `differences`
starts several.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from audit import planted
from lenet import problem
from lenet.analysis import estimator
from lenet.analysis.why.line_fit import Points
from lenet.bench import environment
from lenet.program import PROJECT
from lenet.settings import Settings
from lenet.worker.clock import read

BLOCK = 10
"""Batches with the slowdown, then as many without; the first of each block is left out."""
WARM = 6
"""Blocks that are left out at the beginning."""

Floats = npt.NDArray[np.float64]


def differences(name: str, sizes: Sequence[int], settings: Settings, processes: int, seconds: float) -> Points:
    """How much longer the slower copy `name` takes than its parent at each batch size.

    It is measured in fresh processes, one after the other. seconds: for each size in each process.
    Raises BadInput for any name but a slower copy's.
    """
    variant = planted.slower(name)
    with tempfile.TemporaryDirectory(prefix="lenet-bench-") as folder:
        problem_file = Path(folder) / "problem.npz"
        problem.make(settings).write(problem_file)
        command = [sys.executable, "-m", "audit.toggled", str(problem_file), ",".join(map(str, sizes))]
        command += [str(settings.threads), str(seconds)]
        around = environment.of(variant, settings)
        answers = [
            json.loads(subprocess.run(command, cwd=PROJECT, env=around, capture_output=True, check=True).stdout)
            for _ in range(processes)
        ]
    blocks = [[np.array(pair) for pair in process] for process in answers]
    return Points(
        np.array(sizes, float),
        np.array([[estimator.figure(slowed - plain) for slowed, plain in process] for process in blocks]),
        np.array([[estimator.figure(slowed) for slowed, _ in process] for process in blocks]),
        np.sqrt([[estimator.variance(slowed - plain) for slowed, plain in process] for process in blocks]),
        sum(len(plain) for process in blocks for _, plain in process),
    )


def main(problem_file: str, sizes: str, threads: str, seconds: str) -> None:
    """Print the microseconds per batch of each block, as JSON.

    For each size there are two lists: the blocks with the slowdown, and those without it.
    """
    slower: Any = importlib.import_module("audit.slower")  # the environment says what it slows
    images, labels, weights = read(problem_file)
    times = []
    for size in map(int, sizes.split(",")):
        own = {"batch_size": size, "learning_rate": 0.01, "momentum": 0.9, "threads": int(threads)}
        model = slower.LeNet({key: array.copy() for key, array in weights.items()}, own)

        def plain(images: Any, labels: Any, model: Any = model) -> Any:
            return slower.Parent.wait(model, model.train(images, labels))

        times.append(_blocks((model.step, plain), images, labels, size, float(seconds)))
    print(json.dumps(times))


def _blocks(
    steps: Sequence[Callable[[Any, Any], Any]], images: Any, labels: Any, size: int, seconds: float
) -> list[list[float]]:
    """Microseconds per batch of each block (steps, blocks)."""
    times: list[list[float]] = [[] for _ in steps]
    begin, place = time.perf_counter(), 0
    while time.perf_counter() < begin + seconds or len(times[-1]) <= WARM:
        for step, blocks in zip(steps, times, strict=True):
            ends = []
            for _ in range(BLOCK):
                place = place if place + size <= len(images) else 0
                step(images[place : place + size], labels[place : place + size])
                ends.append(time.perf_counter())
                place += size
            blocks.append((ends[-1] - ends[0]) / (BLOCK - 1) * 1e6)
    return [blocks[WARM:] for blocks in times]


if __name__ == "__main__":
    main(*sys.argv[1:])
