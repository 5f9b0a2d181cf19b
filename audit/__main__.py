"""`python -m audit [--write]`: measure, print, and with --write put the table into
BENCHMARKS.md."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from audit import clock, history, watched, words
from lenet import program
from lenet.analysis.intervals import Interval
from lenet.bench import lock
from lenet.settings import CORES

FILE = program.PROJECT / "BENCHMARKS.md"
BLOCK = re.compile(r"(<!-- bench -->\n).*(<!-- /bench -->)", re.DOTALL)


def main() -> None:
    """Every figure in one run, on a machine on which nothing else is racing."""
    with lock.MachineLock("An audit") as held, tempfile.TemporaryDirectory(prefix="lenet-bench-") as name:
        if not held.acquire():
            other = lock.holder() or lock.Holder()
            sys.exit(f"audit: {other.sentence}; wait until it has ended.")
        folder = Path(name)
        rows = [
            _nanoseconds("(a) one tick of the clock", clock.tick(folder), "under 500 ns"),
            _ratio("(b) `tensorflow_function` raced / the same loop bare", clock.bare(folder), "within 1 %"),
            _ratio("    its slices after another run's turn / after its own", clock.after_another(folder), "none"),
        ]
        held.release()  # the races of the last figure take the lock themselves
        rows += _watched(folder)
    text = "\n".join(
        [
            words.head("make bench"),
            "",
            "| figure | measured [95 %] | rounds, slices | aim |",
            "| --- | --- | --- | --- |",
            *rows,
        ]
    )
    print(text)
    if "--write" in sys.argv[1:]:
        FILE.write_text(BLOCK.sub(lambda match: match[1] + text + "\n" + match[2], FILE.read_text()))
    history.main()


def _watched(folder: Path) -> Iterator[str]:
    for threads in dict.fromkeys((len(CORES), max(1, len(CORES) - 1))):
        where = f"/ not watched, {threads} of {len(CORES)} cores racing"
        found = watched.by_nobody_who_draws(folder, threads)
        yield _ratio(f"(c) watched by a client that draws nothing {where}", found, "within 1 %")
        if watched.browser() is None:
            yield f"| (d) watched in a browser {where} | not measured: no Chromium on this machine | | |"
            continue
        found = watched.by_a_browser(folder, threads)
        yield _ratio(f"(d) watched in a browser on the same machine {where}", found, "none")


def _nanoseconds(title: str, interval: Interval, aim: str) -> str:
    time = f"{interval.estimate:.0f} ns [{interval.low:.0f}, {interval.high:.0f}]"
    return f"| {title} | {time} | {_basis(interval)} | {aim} |"


def _ratio(title: str, interval: Interval, aim: str) -> str:
    ratio = f"{interval.estimate:.4f} [{interval.low:.4f}, {interval.high:.4f}]"
    return f"| {title} | {ratio} | {_basis(interval)} | {aim} |"


def _basis(interval: Interval) -> str:
    return f"{interval.rounds}, {interval.slices}"


if __name__ == "__main__":
    main()
