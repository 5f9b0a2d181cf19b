"""What an open page's look at the queue costs while many experiments wait: `python -m audit.queued`.

Every viewer's page looks once a second, so the cost must hardly grow with the queue.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from lenet.bench.queue import Queue
from lenet.home import Home
from lenet.records import Request
from lenet.settings import Settings

WAITING = (1, 1000)
LOOKS = 50
REQUEST = Request(("numpy_reference",), Settings.parse({}))


def main() -> None:
    """Measure, and print the processor's time of a look by the length of the queue."""
    with tempfile.TemporaryDirectory(prefix="lenet-bench-") as name:
        home = Home(Path(name))
        (home.root / "experiments").mkdir()
        with closing(Queue(home)) as queue:
            took = [_filled(queue, count) for count in WAITING]
    for count, ms in zip(WAITING, took, strict=True):
        print(f"{count:,} waiting: {ms:.2f} ms of the processor a look")
    print(f"{took[-1] / took[0]:.1f} times as much")


def _filled(queue: Queue, count: int) -> float:
    while len(queue.unfinished()) < count:
        queue.store.add_experiment(REQUEST, queue.owner)
    number = queue.unfinished()[0].id
    return _milliseconds(lambda: (queue.store.experiment(number), queue.unfinished()))


def _milliseconds(look: Callable[[], object]) -> float:
    """The median of the processor's time."""
    took = []
    for _ in range(LOOKS):
        begin = time.process_time()
        look()
        took.append(1000 * (time.process_time() - begin))
    return float(np.median(took))


if __name__ == "__main__":
    main()
