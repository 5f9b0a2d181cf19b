"""Pool the sessions of an overhead law: costs per batch and per image over all hours, with intervals that
cover sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lenet.analysis.across import pool
from lenet.analysis.report import Report
from lenet.analysis.why import law
from lenet.analysis.why.law import Law
from lenet.records import Experiment


@dataclass(frozen=True)
class PooledLaw:
    """One law over all sessions, and of each session by itself."""

    experiments: tuple[Experiment, ...]
    """In the order in which they began."""
    law: Law
    each: tuple[Law, ...]
    """The laws of `experiments`."""
    remarks: tuple[str, ...]


def pool_law(sessions: Sequence[Report]) -> PooledLaw:
    """The sessions of a law as one. Raises BadInput, as `pool.pool` does, for what is none."""
    ordered = pool.of_one_race(sessions)
    plan = ordered[0].experiment.request.plan
    return PooledLaw(
        tuple(report.experiment for report in ordered),
        law.over_sessions(ordered, plan),
        tuple(law.build(report, plan) for report in ordered),
        tuple(pool.remarks(ordered)),
    )
