"""`python -m audit.law [SIZE]...`: does the overhead law find planted costs of known size?

A real variant is slowed and raced beside itself, at batch sizes where the cost is a fair part of
the step. 300 us per batch must come out as a fixed cost, 5 % of everything as a cost per image. The
true cost is measured before and after the race, with and without the slowdown in turns in one
process: see `audit.toggled`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from audit import planted, toggled, words
from lenet import requests
from lenet.analysis import report
from lenet.analysis.intervals import Interval
from lenet.analysis.why import law, line_fit
from lenet.analysis.why.law import PER_BATCH, PER_IMAGE, Contrast, Law
from lenet.analysis.why.line_fit import Line, Points
from lenet.bench.service import Service
from lenet.home import Home
from lenet.records import Request

VARIANT = "tensorflow_function"
SIZES = {"300us": (1, 2, 4, 8), "5%": (16, 32, 64, 128)}
"""The planted costs, as `audit.planted` writes them, and the batch sizes of each race."""
SETTINGS = {"rounds": 6, "images_per_epoch": 48_000}
PROCESSES, SECONDS = 3, 6.0
"""For each measurement of the true cost: fresh processes, and seconds of each per batch size."""
HEAD = [
    "| planted | batch sizes | costs per batch (us) | the law says | costs per image, of its cost | the law says |",
    "| --- | --- | --- | --- | --- | --- |",
]


def main() -> None:
    """Race, fit, and print the planted costs beside those that the law found."""
    rows: list[str] = []
    said: list[str] = []
    for size in sys.argv[1:] or SIZES:
        name = f"{VARIANT}_slower_{size}"
        planted.plant([name])
        request = requests.law_request((VARIANT, name), SIZES[size], SETTINGS)
        before = _true_cost(name, request)
        fitted = _raced(request)
        rows += _rows(size, name, fitted, _both(before, _true_cost(name, request)))
        said += fitted.sentences
    print("\n".join([words.head("python -m audit.law"), "", *HEAD, *rows, "", *said]))


def _true_cost(name: str, request: Request) -> Points:
    return toggled.differences(name, request.plan["batch_sizes"], request.settings, PROCESSES, SECONDS)


def _both(one: Points, other: Points) -> Points:
    """The points of both measurements together, process by process."""
    values, scale, deviations = (
        np.concatenate(pair)
        for pair in ((one.values, other.values), (one.scale, other.scale), (one.deviations, other.deviations))
    )
    return Points(one.sizes, values, scale, deviations, one.slices + other.slices)


def _raced(request: Request) -> Law:
    with tempfile.TemporaryDirectory(prefix="lenet-bench-") as folder:
        service = Service(Home(Path(folder)))
        try:
            number = service.submit(request)
            service.wait(number)
            return law.build(report.load(service.store, number), request.plan)
        finally:
            service.close()


def _rows(size: str, name: str, fitted: Law, true: Points) -> list[str]:
    largest = fitted.points[fitted.points["variant"] == VARIANT].iloc[-1]
    whole = 1000 * largest["ms"] / largest["batch_size"]
    if not fitted.contrasts:
        return [f"| {size} | | | their difference is not a straight line | | |"]
    return [_row(size, pair, 1 if pair.slow == name else -1, whole, true) for pair in fitted.contrasts]


def _row(size: str, pair: Contrast, sign: int, whole: float, true: Points) -> str:
    held = np.flatnonzero((true.sizes >= pair.smallest) & (true.sizes <= pair.largest))
    line: Line = line_fit.through(true.between(int(held[0]), int(held[-1]) + 1))
    per_batch = _figures(line.value(PER_BATCH), 0), _figures(_scaled(pair.a, sign), 0)
    per_image = (
        _figures(_scaled(line.value(PER_IMAGE), 100 / whole), 2),
        _figures(_scaled(pair.b, sign * 100 / whole), 2),
    )
    between = f"{pair.smallest} to {pair.largest}"
    return f"| {size} | {between} | {per_batch[0]} | {per_batch[1]} | {per_image[0]} % | {per_image[1]} % |"


def _scaled(interval: Interval, by: float) -> Interval:
    low, high = sorted((interval.low * by, interval.high * by))
    return Interval(interval.estimate * by, low, high, interval.rounds, interval.slices)


def _figures(interval: Interval, digits: int) -> str:
    return f"{interval.estimate:.{digits}f} [{interval.low:.{digits}f}, {interval.high:.{digits}f}]"


if __name__ == "__main__":
    main()
