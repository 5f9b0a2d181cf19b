"""Work out the lanes of a running race: how far each variant is, how fast, and what it does now."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lenet import catalog
from lenet.records import Request
from lenet.settings import Settings

if TYPE_CHECKING:
    from lenet.analysis.growing.run import GrowingRun

STARTS, TRAINS, WAITS, EXAMINED, EVALUATES, FINISHED = (
    "starts", "trains", "waits for its turn", "is examined", "is evaluated", "finished",
)  # fmt: skip
"""What a variant does, in words; of a run that ended otherwise its status."""


@dataclass(frozen=True)
class Lane:
    """One variant of the running round. Shares are from 0 to 1, NaN where there is none.

    ms: the median batch of this round, or of the last one while this round is not warm; NaN before
    the first batch that is. ghost: where the variant stood at this moment of the last round.
    """

    label: str
    share: float
    ghost: float
    ms: float
    images_per_second: float
    doing: str

    @property
    def title(self) -> str:
        """The variant in words."""
        return catalog.title(self.label)


def lanes(request: Request, now: Sequence[GrowingRun], last: Sequence[GrowingRun], *, examining: bool) -> list[Lane]:
    """A lane for each label of a request, fastest first; those without a time come last.

    now, last: the runs of the running round and of the one before. examining: whether the exams are
    being sat, before any round.
    """
    mine, before = ({run.run.label: run for run in runs} for runs in (now, last))
    moment = _moment(now)
    leader = max((run.end for run in now), default=0)
    drawn = []
    for label in catalog.labels(request.variants):
        live, ghost = mine.get(label), _ghost(before.get(label), _begin(last), moment)
        settings = catalog.settings_of(label, request.settings)
        ms = _median(live)
        ms = _median(before.get(label)) if math.isnan(ms) else ms
        share = live.count / max(live.planned, 1) if live else 0.0
        doing = _doing(live, leader, settings) if live else EXAMINED if examining else STARTS
        drawn.append(Lane(label, share, ghost, ms, 1000 * settings.batch_size / ms, doing))
    return sorted(drawn, key=lambda lane: (math.isnan(lane.ms), lane.ms))


def _median(run: GrowingRun | None) -> float:
    """The median time of a run's warm batches in ms; NaN before there is one."""
    # While events are counted the clock is off, and every batch has the time 0.
    return (run.median_ms if run else 0.0) or math.nan


def _doing(run: GrowingRun, leader: int, settings: Settings) -> str:
    """What a run does: of those that are not over the one that trained last trains."""
    if run.run.status != "running":
        return run.run.status.replace("_", " ")
    if not run.count:
        return STARTS
    if run.end != leader:
        return FINISHED if run.count == run.planned else WAITS
    return EVALUATES if run.count % settings.batches_per_epoch == 0 else TRAINS


def _begin(runs: Sequence[GrowingRun]) -> int:
    """When the first batch of a round began, in ns of the tapes' clock; 0 without one."""
    return min((run.begin for run in runs if run.count), default=0)


def _moment(runs: Sequence[GrowingRun]) -> int:
    """How long a round has trained, in ns."""
    return max((run.end for run in runs), default=0) - _begin(runs)


def _ghost(run: GrowingRun | None, began: int, moment: int) -> float:
    """The share of its batches that a run had trained `moment` ns after its round began."""
    if run is None or not run.count or not moment:
        return math.nan
    return run.marks.batches_at(began + moment) / max(run.planned, 1)
