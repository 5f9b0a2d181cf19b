"""What a monitoring system asks every few seconds: the queue, the experiments, the runners.

In the text format of Prometheus. Only figures, no names of users, experiments or programs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lenet import program
from lenet.bench.queue import Queue
from lenet.errors import Unavailable
from lenet.hosting import ready
from lenet.records import EXPERIMENT_STATUSES

if TYPE_CHECKING:
    from prometheus_client import Metric

KIND = "text/plain; version=0.0.4; charset=utf-8"
Sessions = Callable[[], int]


def text(queue: Queue, sessions: Sessions | None = None) -> bytes:
    """All figures as they are now. sessions: tells how many browsers are connected.

    Raises Unavailable without the package, StoreError.
    """
    try:
        from prometheus_client import CollectorRegistry, generate_latest
    except ImportError as error:
        raise Unavailable(f"Metrics need prometheus_client; `{program.install('hosted')}` has it.") from error
    registry = CollectorRegistry()
    registry.register(_Figures(queue, sessions))
    written: bytes = generate_latest(registry)
    return written


class _Figures:
    """Reads the figures when it is asked."""

    def __init__(self, queue: Queue, sessions: Sessions | None) -> None:
        self._queue, self._sessions = queue, sessions

    def collect(self) -> Iterator[Metric]:
        """Every figure, as a gauge: the database is counted anew each time."""
        from prometheus_client.core import GaugeMetricFamily

        counts = self._queue.store.count_by_status()
        by_status = GaugeMetricFamily("lenet_experiments", "Experiments in the database.", labels=["status"])
        for status in EXPERIMENT_STATUSES:
            by_status.add_metric([status], counts.get(status, 0))
        yield by_status
        yield GaugeMetricFamily("lenet_queue_length", "Experiments that wait.", counts.get("queued", 0))
        yield GaugeMetricFamily("lenet_running", "Experiments that are raced now.", counts.get("running", 0))
        age = ready.runner_age(self._queue)
        yield GaugeMetricFamily("lenet_runners", "Runners that have not ended.", len(self._queue.store.runners()))
        if age is not None:
            about = "Seconds since any runner's last sign of life."
            yield GaugeMetricFamily("lenet_runner_age_seconds", about, age)
        if self._sessions is not None:
            yield GaugeMetricFamily("lenet_sessions", "Browsers that are connected.", self._sessions())
