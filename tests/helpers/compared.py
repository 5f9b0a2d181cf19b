"""Reports of experiments that were raced at different times.

The machine's pace at each time is known.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from lenet.analysis import report as reports
from lenet.analysis.report import Report
from lenet.catalog import Entry
from lenet.settings import Settings
from tests.helpers.tapes import MACHINE, Rows, experiment, passed, raced, run, settings

BATCHES = 420
TF, FIT, EAGER = "tensorflow_function", "keras_fit", "tensorflow_eager"
VERSIONS = {"keras": "3.15.0", "tensorflow": "2.21.0"}
HERE = {**MACHINE, "host": "one"}


def tapes(
    ms: float, pace: float = 1.0, lottery: float = 0.0, rounds: int = 3, seed: int = 1, batches: int = BATCHES
) -> list[Rows]:
    """Tapes of some rounds, with batches of `ms` on a machine of this pace.

    Every process draws a speed of its own, with a standard deviation of about `lottery`.
    """
    generator = np.random.default_rng(seed)
    return [raced([ms * pace * np.exp(generator.normal(0, lottery))] * batches) for _ in range(rounds)]


def report(
    number: int,
    times: Mapping[str, Sequence[Rows]],
    *,
    versions: Mapping[str, Mapping[str, str]] | None = None,
    machine: Mapping[str, Any] = HERE,
    wanted: Settings | None = None,
    wrong: Sequence[str] = (),
    facts: Mapping[str, Any] | None = None,
    **values: Any,
) -> Report:
    """The report of experiment `number`, raced on day `number`.

    versions: packages by label, where they differ from VERSIONS.
    """
    runs, batches = [], {}
    for label, rounds in times.items():
        packages = {**VERSIONS, **(versions or {}).get(label, {})}
        common = {"device": "cpu", "threads": 2, "jit": False, "layout": "channels_last", "packages": packages}
        for place, rows in enumerate(rounds, 1):
            runs.append(run(len(runs) + 1, label, place, facts={**common, **(facts or {})}, **values))
            batches[len(runs)] = rows
    names = [str(Entry.parse(label).without_copy) for label in times]
    created = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
    asked = wanted or settings(threads=2)
    whole = dataclasses.replace(
        experiment(names, asked), id=number, created=created, machine=dict(machine), uid=f"{number:032x}"
    )
    answers = {label: passed(label, equivalent=label not in wrong) for label in times}
    return reports.build(whole, runs, batches, [], answers)
