"""Runs that grow, as a live page knows them, from rows of a tape."""

from __future__ import annotations

from typing import Any

from lenet.analysis.growing.run import BINS, GrowingRun
from lenet.bench.follow import Follower
from lenet.home import Home
from lenet.records import Run
from lenet.settings import Settings
from lenet.store import Store


def growing(run: Run, rows: Any, planned: int, settings: Settings, *, bins: int = BINS, look: int = 0) -> GrowingRun:
    """A run that has read these rows; `look`: in looks of so many, by default in one."""
    known = GrowingRun(run, settings, bins)
    known.planned = planned
    looks = range(look or len(rows), len(rows), look) if look and len(rows) else ()
    for end in (*looks, len(rows)):
        known.add(rows[known.wanted : end], known.wanted)
    return known


def newest_round(store: Store, home: Home, number: int) -> list[GrowingRun]:
    """The runs of an experiment's newest round as they are now, by label."""
    return Follower(store, home, store.experiment(number)).look().now
