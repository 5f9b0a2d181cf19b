"""What many viewers ask for each second is read once, and never older than the page of whoever asks."""

from __future__ import annotations

import threading
import time

import pytest

from pages.parts import recent
from pages.parts.recent import MOST, Recent


def test_many_who_ask_within_a_second_cost_one_read() -> None:
    kept, reads = Recent(), []
    since = time.monotonic()
    threads = [threading.Thread(target=kept.get, args=("key", lambda: reads.append(1), since)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reads) == 1
    kept.get("another", lambda: reads.append(1), since)
    assert len(reads) == 2


def test_a_value_older_than_the_page_is_read_anew() -> None:
    """Else a page would take what it was drawn from for a change, and draw itself again and again."""
    kept = Recent()
    assert kept.get("key", lambda: "before", time.monotonic()) == "before"
    assert kept.get("key", lambda: "after", time.monotonic()) == "after"


def test_a_value_is_read_anew_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, since = Recent(), time.monotonic()
    kept.get("key", lambda: 1, since)
    assert kept.get("key", lambda: 2, since) == 1
    monkeypatch.setattr(recent, "SECONDS", 0.0)
    assert kept.get("key", lambda: 3, since) == 3


def test_what_nobody_asks_for_is_forgotten() -> None:
    kept, since = Recent(), time.monotonic()
    for number in range(MOST + 10):
        kept.get(number, lambda: "old", since)
    assert kept.get(0, lambda: "new", since) == "new"
    assert kept.get(MOST + 9, lambda: "new", since) == "old"
