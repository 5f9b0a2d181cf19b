"""What every open page asks of a queue once a second."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from lenet.bench.queue import Queue
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import rows

REQUEST = Request(("numpy_reference",), Settings.parse({}))


def test_a_look_reads_no_whole_records(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    for owner in ("", "host:1:boot:token"):
        queue.store.add_experiment(REQUEST, owner)
    statements: list[str] = []
    sa.event.listen(queue.store.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    monkeypatch.setattr(rows, "to_experiment", lambda row: pytest.fail("a whole record was read"))
    assert [(one.id, one.status) for one in queue.unfinished()] == [(1, "queued"), (2, "queued")]
    assert queue.place(1) == 0
    assert statements and not any(re.search(r"[ ,]experiment\.settings", statement) for statement in statements)
