"""Can experiments be asked for, and will somebody race them?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from lenet.bench.lapsed import LEASE_SECONDS
from lenet.bench.queue import Queue
from lenet.errors import LeNetError, StoreError
from lenet.store.tables import REVISION


def missing(get_queue: Callable[[], Queue]) -> list[str]:
    """What is missing, each in a sentence that everybody may read; [] when all is there."""
    try:
        queue = get_queue()
        revision = queue.store.revision()
        age = runner_age(queue)
    except StoreError:
        return ["The database cannot be used; the server's log says why."]
    except LeNetError:
        return ["The program cannot start; its log says why."]
    found = []
    if revision != REVISION:
        found.append(f"The database's tables are at {revision}, and this program's at {REVISION}; use one version.")
    if age is None or age > LEASE_SECONDS:
        found.append("No runner gives a sign of life; start one with `python -m lenet runner`.")
    return found


def runner_age(queue: Queue) -> float | None:
    """Seconds since any runner gave its last sign of life, by the clocks of both machines; None
    without one."""
    beats = [runner.beat for runner in queue.store.runners()]
    return (datetime.now(UTC) - max(beats)).total_seconds() if beats else None
