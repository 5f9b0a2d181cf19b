"""`python -m benchmarks.law [SIZE]...`: does the overhead law find costs of known size, planted in a real variant?

300 us per batch must come out as a fixed cost, 5 % of everything as a cost per image: each beside the variant without
it, at batch sizes where such a cost is a fair part of the step.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import planted, words
from lenet import instruments
from lenet.analysis import law, report
from lenet.analysis.intervals import Interval
from lenet.analysis.law import Contrast, Law
from lenet.bench.service import Service
from lenet.home import Home

VARIANT = "tensorflow_function"
SIZES = {"300us": (1, 2, 4, 8), "5%": (16, 32, 64, 128)}
"""What is planted, as `benchmarks.planted` writes it, and at which batch sizes it is looked for."""
SETTINGS = {"rounds": 6, "images_per_epoch": 48_000, "slice_ms": 150}
HEAD = [
    "| planted | batch sizes | found per batch (us) [95 %] | found per image, of its cost [95 %] |",
    "| --- | --- | --- | --- |",
]


def main() -> None:
    """Race, fit, and print what was planted beside what was found."""
    rows: list[str] = []
    said: list[str] = []
    for size in sys.argv[1:] or SIZES:
        name = f"{VARIANT}_slower_{size}"
        planted.plant([name])
        found = _raced(name, SIZES[size])
        rows.append(_row(size, name, found))
        said += found.sentences
    print("\n".join([words.head("python -m benchmarks.law"), "", *HEAD, *rows, "", *said]))


def _raced(name: str, sizes: tuple[int, ...]) -> Law:
    request = instruments.law_request((VARIANT, name), sizes, SETTINGS)
    with tempfile.TemporaryDirectory(prefix="lenet-bench-") as folder:
        service = Service(Home(Path(folder)))
        try:
            number = service.submit(request)
            service.wait(number)
            return law.build(report.load(service.store, number), request.plan)
        finally:
            service.close()


def _row(size: str, name: str, found: Law) -> str:
    largest = found.points[found.points["variant"] == VARIANT].iloc[-1]
    whole = 1000 * largest["ms"] / largest["batch_size"]
    for pair in found.contrasts:
        sign = 1 if pair.slow == name else -1
        each = _figures(_scaled(pair.b, sign * 100 / whole), 2)
        return f"| {size} | {_between(pair)} | {_figures(_scaled(pair.a, sign), 0)} | {each} % |"
    return f"| {size} | | their difference is no straight line | |"


def _between(pair: Contrast) -> str:
    return f"{pair.smallest} to {pair.largest}"


def _scaled(found: Interval, by: float) -> Interval:
    low, high = sorted((found.low * by, found.high * by))
    return Interval(found.estimate * by, low, high, found.rounds, found.slices)


def _figures(found: Interval, digits: int) -> str:
    return f"{found.estimate:.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"


if __name__ == "__main__":
    main()
