"""`python -m audit.slices [MS]...`: how long should a turn be?

Races one variant against itself at several lengths. Noise that is as large over a second as over a
tenth of a second does not average out within a turn; then more and shorter turns give a more
precise ratio in the same time. The last column says how precise after a minute of training.
"""

from __future__ import annotations

import math
import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from audit import words
from lenet import catalog
from lenet.analysis import estimator
from lenet.analysis.steady import slice_means, steady, training_seconds
from lenet.analysis.verdict import paired
from lenet.bench.service import Service
from lenet.home import Home
from lenet.records import Request
from lenet.settings import Settings

VARIANT = "tensorflow_function"
LENGTHS = (25, 100, 300)
SETTINGS = {"allocator": "steady", "rounds": 4, "images_per_epoch": 24_000}
HEAD = [
    "| turn asked for | batches that count in a slice | neighbours differ by (sd) | ratio known after a minute (se) |",
    "| --- | --- | --- | --- |",
]

Floats = npt.NDArray[np.float64]


def main() -> None:
    """Race at each length and print how much the ratio of neighbouring slices scatters."""
    lengths = [int(text) for text in sys.argv[1:]] or list(LENGTHS)
    with tempfile.TemporaryDirectory(prefix="lenet-bench-") as folder:
        service = Service(Home(Path(folder)))
        try:
            rows = [_row(service, length) for length in lengths]
        finally:
            service.close()
    print("\n".join([words.head("python -m audit.slices"), "", *HEAD, *rows]))


def _row(service: Service, length: int) -> str:
    request = Request((VARIANT, VARIANT), Settings.parse({**SETTINGS, "slice_ms": length}))
    number = service.submit(request)
    service.wait(number)
    slices: dict[int, dict[str, Floats]] = {}
    held, seconds = [], 0.0
    for run in service.store.runs(number):
        rows = service.store.batches(run.id)
        counted = steady(rows, request.settings)
        slices.setdefault(run.round, {})[run.label] = slice_means(counted)
        held.append(len(counted) / counted["slice"].nunique())
        seconds += training_seconds(rows)
    first, second = catalog.labels(request.variants)
    ratios = [np.log(paired(pair[first], pair[second])) for pair in slices.values()]
    scatter = math.sqrt(float(np.mean([figures.var(ddof=1) for figures in ratios])))
    error = math.sqrt(sum(estimator.variance(figures) for figures in ratios)) / len(ratios)
    after_a_minute = error * math.sqrt(seconds / 60)
    return f"| {length} ms | {np.mean(held):.0f} | {100 * scatter:.1f} % | {100 * after_a_minute:.2f} % |"


if __name__ == "__main__":
    main()
