"""`python -m benchmarks.law`: does the overhead law find costs of known size, planted in a real variant?

300 us per batch must come out as fixed cost, 5 % of everything as cost per image, each beside the variant without it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import planted, words
from lenet import instruments
from lenet.analysis import law, report
from lenet.analysis.intervals import Interval
from lenet.bench.service import Service
from lenet.home import Home

VARIANT = "tensorflow_function"
SIZES = (1, 8, 32, 128)
SETTINGS = {"rounds": 5, "images_per_epoch": 36_000}
LATER, LONGER = f"{VARIANT}_slower_300us", f"{VARIANT}_slower_5%"


def main() -> None:
    """Race the three at four batch sizes, fit, and print what was planted beside what was found."""
    planted.plant((LATER, LONGER))
    request = instruments.law_request((VARIANT, LATER, LONGER), SIZES, SETTINGS)
    with tempfile.TemporaryDirectory(prefix="lenet-bench-") as name:
        service = Service(Home(Path(name)))
        try:
            number = service.submit(request)
            service.wait(number)
            found = law.build(report.load(service.store, number), request.plan)
        finally:
            service.close()
    print("\n".join([words.head("python -m benchmarks.law"), "", *_rows(found), "", *found.sentences]))


def _rows(found: law.Law) -> list[str]:
    head = ["| planted | found per batch (us) [95 %] | found per image, of its cost [95 %] |", "| --- | --- | --- |"]
    largest = found.points[found.points["variant"] == VARIANT].iloc[-1]
    base = 1000 * largest["ms"] / largest["batch_size"]
    rows = []
    for title, name in (("300 us per batch", LATER), ("5 % of everything", LONGER)):
        (pair,) = (contrast for contrast in found.contrasts if {contrast.slow, contrast.fast} == {name, VARIANT})
        sign = 1 if pair.slow == name else -1
        rows.append(
            f"| {title} | {_figures(_scaled(pair.a, sign), 0)} | {_figures(_scaled(pair.b, sign * 100 / base), 2)} % |"
        )
    return head + rows


def _scaled(found: Interval, by: float) -> Interval:
    low, high = sorted((found.low * by, found.high * by))
    return Interval(found.estimate * by, low, high, found.rounds, found.slices)


def _figures(found: Interval, digits: int) -> str:
    return f"{found.estimate:.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"


if __name__ == "__main__":
    main()
