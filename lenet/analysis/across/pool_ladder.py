"""Pool the sessions of a ladder: every bar over all hours, with intervals that cover sessions.

As in `pool`, a session is a level of its own: it gives one time for each state, and all that a ladder
says is worked out from these as it is from rounds otherwise. By how much a whole hour was slower than
another is taken out first (`label_times.over_sessions`): times are those at the sessions' mean speed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lenet import requests
from lenet.analysis.across import pool
from lenet.analysis.report import Report
from lenet.analysis.why import ladder
from lenet.analysis.why.ladder import Climb
from lenet.records import Experiment

PACE = 1.02
"""Sessions whose times lie further apart than this are said to."""


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
    each = tuple(ladder.build(report, asked) for report in ordered)
    return PooledLadder(
        tuple(report.experiment for report in ordered),
        ladder.over_sessions(ordered, asked),
        each,
        (*_paces(each), *pool.remarks(ordered)),
    )


def _paces(each: Sequence[Climb]) -> Iterator[str]:
    """How far apart the sessions' speeds were, by the start of the ladder; no bar contains it."""
    times = [climb.slow.estimate for climb in each]
    if max(times) > PACE * min(times):
        percent = round(100 * (max(times) / min(times) - 1))
        yield (
            f"In the slowest session the first program took {percent} % longer than in the fastest; all sessions "
            "are put on their mean speed."
        )
