"""Pool the sessions of a ladder: every bar over all hours, with intervals that cover sessions.

As in `pool`, a session is a level of its own: it gives one time for each state, and all that a ladder
says is worked out from these as it is from rounds otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lenet import requests
from lenet.analysis.across import pool
from lenet.analysis.report import Report
from lenet.analysis.why import ladder
from lenet.analysis.why.ladder import Climb
from lenet.records import Experiment


@dataclass(frozen=True)
class PooledLadder:
    """The climb of one ladder over all sessions, and of each session by itself."""

    experiments: tuple[Experiment, ...]
    """In the order in which they began."""
    climb: Climb
    each: tuple[Climb, ...]
    """The climbs of `experiments`."""
    remarks: tuple[str, ...]


def pool_ladder(sessions: Sequence[Report]) -> PooledLadder:
    """The sessions of a ladder as one. Raises BadInput, as `pool.pool` does, for what is none."""
    ordered = pool.of_one_race(sessions)
    asked = requests.ladder_of(ordered[0].experiment)
    return PooledLadder(
        tuple(report.experiment for report in ordered),
        ladder.over_sessions(ordered, asked),
        tuple(ladder.build(report, asked) for report in ordered),
        tuple(pool.remarks(ordered)),
    )
