"""Simulate experiments whose causes are known, without a tape: reports of one row per slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from lenet.analysis.report import Report
from tests.helpers.tapes import experiment

Floats = npt.NDArray[np.float64]


def noisy(
    truth: Mapping[str, float],
    generator: np.random.Generator,
    *,
    rounds: int = 5,
    slices: int = 24,
    lottery: float = 0.01,
    noise: float = 0.02,
    drift: float = 0.0,
    bursts: float = 0.0,
) -> dict[str, Floats]:
    """Times of slices in us (rounds, slices) around each label's true time.

    Every process draws a speed (`lottery`), and every slice is noisy (`noise`). The machine's speed
    drifts by about `drift` within a round, the same for all labels. A share `bursts` of the slices
    takes twice as long.
    """
    steps = generator.normal(0, drift / np.sqrt(slices / 3), (rounds, slices))
    wander = np.cumsum(steps, axis=1)
    wander -= wander.mean(axis=1, keepdims=True)
    return {
        label: time
        * np.exp(
            wander
            + generator.normal(0, lottery, (rounds, 1))
            + generator.normal(0, noise, (rounds, slices))
            + np.log(2) * (generator.random((rounds, slices)) < bursts)
        )
        for label, time in truth.items()
    }


def report(
    times: Mapping[str, Floats], hindrances: Mapping[str, str] | None = None, lost: Sequence[tuple[str, int]] = ()
) -> Report:
    """A report of times in us. lost: (label, round) of runs that crashed, rounds from 1."""
    runs, batches = [], []
    for label, table in times.items():
        for number, figures in enumerate(table, 1):
            run = len(runs) + 1
            status = "crashed" if (label, number) in lost else "finished"
            runs.append({"run_id": run, "label": label, "round": number, "status": status, "steady_batches": 20})
            columns = {"label": label, "run_id": run, "round": number, "slice": np.arange(len(figures))}
            batches.append(pd.DataFrame({**columns, "batch": columns["slice"], "ms": figures / 1000}))
    empty = pd.DataFrame()
    every = pd.concat(batches, ignore_index=True)
    raced = experiment(list(times))
    return Report(raced, pd.DataFrame(runs), empty, (), (), empty, every, {}, dict(hindrances or {}))
