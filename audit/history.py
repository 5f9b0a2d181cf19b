"""Time the History page and its queries on a history of ten thousand experiments.

`python -m audit.history [--write]`, also a part of `make bench`. Times are those of the server,
medians with the 5th and the 95th percentile; browser and network come on top.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from audit import words
from audit.generated import EXPERIMENTS, generate
from lenet.analysis.across import history
from lenet.home import Home
from lenet.program import PROJECT
from lenet.records import Filter
from lenet.settings import CORES
from lenet.store import Store, open_store

FILE = PROJECT / "BENCHMARKS.md"
BLOCK = re.compile(r"(<!-- history -->\n).*(<!-- /history -->)", re.DOTALL)
REPEATS = 12


@dataclass(frozen=True)
class Took:
    """The times of one view or query, in ms."""

    title: str
    median: float
    low: float
    high: float
    processor: float
    """The median of the processor's time, which the load of other programs does not change."""
    aim: float


def main() -> None:
    """Measure, print, and with --write put the table into BENCHMARKS.md."""
    with tempfile.TemporaryDirectory(prefix="lenet-bench-") as name:
        took = measure(Path(name))
    load = f"load {os.getloadavg()[0]:.1f} on {len(CORES)} cores"
    how = f"{EXPERIMENTS:,} experiments; each view and query {REPEATS} times; {load}."
    head = f"{words.head('python -m audit.history')} {how}"
    header = ["| server time | median | 5 % to 95 % | of the processor | aim |", "| --- | --- | --- | --- | --- |"]
    text = "\n".join([head, "", *header, *map(_row, took)])
    print(text)
    if "--write" in sys.argv[1:]:
        FILE.write_text(BLOCK.sub(lambda match: match[1] + text + "\n" + match[2], FILE.read_text()))


def _row(took: Took) -> str:
    figures = f"{took.median:.0f} ms | {took.low:.0f} to {took.high:.0f} ms | {took.processor:.0f} ms"
    return f"| {took.title} | {figures} | under {took.aim:.0f} ms |"


def measure(folder: Path) -> list[Took]:
    """Generate the history, then time each query and each view of the page."""
    home = Home(folder / "history")
    (home.root / "experiments").mkdir(parents=True)
    store = open_store(home.database_url)
    try:
        generate(store)
        queries = [_timed(title, work, 50) for title, work in _queries(store).items()]
        queries.append(_timed("a trend that is not kept yet, and what changed", _trend(store), 300))
        with _page(home) as view:
            pages = [_timed(title, functools.partial(view, asked), 300) for title, asked in VIEWS.items()]
        return [*pages, *queries]
    finally:
        store.close()


VIEWS: dict[str, dict[str, str]] = {
    "the page, all experiments": {},
    "the page, filtered by machine and text, with the trend of a variant": {
        "variant": "keras_fit", "host": "build-1", "text": "keras",
    },
    "the page, one day, another page of the list": {"since": "2025-01-01", "before": "6000"},
}  # fmt: skip


def _queries(store: Store) -> dict[str, Callable[[], object]]:
    chosen = Filter(variant="keras_fit", host="build-1")
    (series, *_) = history.choices(store, chosen)
    return {
        "query: the newest 50": lambda: store.search(Filter(limit=50)),
        "query: by variant, machine and version": lambda: store.search(
            Filter(variant="keras_fit", host="build-1", version="keras 3.14", limit=50)
        ),
        "query: by text": lambda: store.search(Filter(text="nightly", limit=50)),
        "query: what there is to filter by": store.choices,
        "query: a variant's circumstances": lambda: store.circumstances("keras_fit"),
        "query: a series": lambda: store.figures(Filter(variant="keras_fit", limit=1000), series.circumstance),
    }


def _trend(store: Store) -> Callable[[], object]:
    chosen = Filter(variant="keras_fit", host="build-1")
    (series, *_) = history.choices(store, chosen)
    return lambda: history.trend(store, series, chosen)


def _timed(title: str, work: Callable[[], object], aim: float) -> Took:
    """Time the work REPEATS times, after a first time that imports and is left out."""
    work()
    took = np.array([_once(work) for _ in range(REPEATS)])
    low, median, high = np.percentile(took[:, 0], (5, 50, 95))
    return Took(title, float(median), float(low), float(high), float(np.median(took[:, 1])), aim)


def _once(work: Callable[[], object]) -> tuple[float, float]:
    """Do the work and return (ms by the clock, ms of the processor)."""
    begin, spent = time.perf_counter(), time.process_time()
    work()
    return 1000 * (time.perf_counter() - begin), 1000 * (time.process_time() - spent)


@contextlib.contextmanager
def _page(home: Home) -> Iterator[Callable[[Mapping[str, str]], None]]:
    """A function that runs the page's whole script in this process.

    A server does the same for a browser that opens an address.
    """
    from streamlit.testing.v1 import AppTest

    class Unseen(type(Path())):  # type: ignore[misc]
        """A path that says it does not exist, so that Streamlit finds no folder pages/.

        In its first run Streamlit would serve that folder itself.
        """

        def exists(self, **options: Any) -> bool:
            return False

    def view(asked: Mapping[str, str]) -> None:
        page.query_params.clear()
        page.query_params.update(asked)
        page.run()
        if page.exception or page.error:
            raise RuntimeError(str(page.exception or page.error))

    with (
        mock.patch.dict(os.environ, {"LENET_HOME": str(home.root)}),
        mock.patch("streamlit.runtime.pages_manager.Path", Unseen),
    ):
        page = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60).run()
        page.switch_page("pages/history.py")
        yield view


if __name__ == "__main__":
    main()
