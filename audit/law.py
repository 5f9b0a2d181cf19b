"""`python -m audit.law [SIZE]...`: does the overhead law find costs of known size, planted in a
real variant?

300 us per batch must come out as a fixed cost, 5 % of everything as a cost per image: each beside
the variant without it, at batch sizes where such a cost is a fair part of the step. What it truly
costs is measured before and after, with it and without it in turns in one process: see
`audit.toggled`.
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
"""The planted costs, as `audit.planted` writes them, and the batch sizes at which each is looked
for."""
SETTINGS = {"rounds": 6, "images_per_epoch": 48_000}
PROCESSES, SECONDS = 3, 6.0
"""Of the measurement of the true cost, each time: fresh processes, and how long each takes for a
batch size."""
HEAD = [
    "| planted | batch sizes | costs per batch (us) | the law says | costs per image, of its cost | the law says |",
    "| --- | --- | --- | --- | --- | --- |",
]


def main() -> None:
    """Race, fit, and print what was planted beside what was found."""
    rows: list[str] = []
    said: list[str] = []
    for size in sys.argv[1:] or SIZES:
        name = f"{VARIANT}_slower_{size}"
        planted.plant([name])
        request = requests.law_request((VARIANT, name), SIZES[size], SETTINGS)
        before = _true_cost(name, request)
        found = _raced(request)
        rows += _rows(size, name, found, _both(before, _true_cost(name, request)))
        said += found.sentences
    print("\n".join([words.head("python -m audit.law"), "", *HEAD, *rows, "", *said]))


def _true_cost(name: str, request: Request) -> Points:
    return toggled.differences(name, request.plan["batch_sizes"], request.settings, PROCESSES, SECONDS)


def _both(one: Points, other: Points) -> Points:
    """The processes of both."""
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


def _rows(size: str, name: str, found: Law, true: Points) -> list[str]:
    largest = found.points[found.points["variant"] == VARIANT].iloc[-1]
    whole = 1000 * largest["ms"] / largest["batch_size"]
    if not found.contrasts:
        return [f"| {size} | | | their difference is no straight line | | |"]
    return [_row(size, pair, 1 if pair.slow == name else -1, whole, true) for pair in found.contrasts]


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


def _scaled(found: Interval, by: float) -> Interval:
    low, high = sorted((found.low * by, found.high * by))
    return Interval(found.estimate * by, low, high, found.rounds, found.slices)


def _figures(found: Interval, digits: int) -> str:
    return f"{found.estimate:.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"


if __name__ == "__main__":
    main()
