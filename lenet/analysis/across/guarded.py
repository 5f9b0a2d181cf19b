"""What a guard has found: is a variant slower than it was, by more than a limit?

Each variant is raced against its base in a race of its own, so that it ends as soon as their ratio is on one
side of the limit, and no variant waits for another. Where that race calls it slower, a second one of fresh
processes has to say so too: nobody is alarmed by one race that was fooled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lenet.analysis import decision
from lenet.analysis.across import compare_words
from lenet.analysis.across.compare import NOT_SLOWER, SLOWER, UNSURE, Compared, Comparison

FORMAT, VERSION = "lenet-bench/guard", 1
DECIDED, OPEN, UNCONFIRMED, UNKNOWN = "decided", "open", "unconfirmed", "unknown"
"""Why a variant is called what it is: the race has decided it; the limit lies in the interval, so that it is
not surely slower; only one of two races calls it slower; there is no ratio."""


@dataclass(frozen=True)
class Guarded:
    """One variant. `limit`: a share; `confirm`: whether an alarm needs a second race."""

    name: str
    title: str
    limit: float
    confirm: bool
    races: tuple[Compared, ...] = ()
    """The race, and the one that was to confirm what it found."""
    reason: str = ""
    """Why it was not raced, in a sentence."""

    @property
    def comparisons(self) -> list[Comparison]:
        """The comparison of each race that has one."""
        return [one for race in self.races for one in race.comparisons]

    @property
    def alarmed(self) -> bool:
        """Whether its first race calls it slower, so that a second one is to confirm it."""
        return self._judged(0) == SLOWER

    @property
    def outcome(self) -> str:
        """SLOWER, NOT_SLOWER or UNSURE, as `compare` has them."""
        first = self._judged(0)
        return first if first != SLOWER or not self.confirm or self._judged(1) == SLOWER else UNSURE

    @property
    def why(self) -> str:
        """One of DECIDED, OPEN, UNCONFIRMED and UNKNOWN."""
        if not self.comparisons:
            return UNKNOWN
        if self.outcome == UNSURE:
            return UNCONFIRMED if self.alarmed else OPEN
        return DECIDED if self.outcome == SLOWER or self.comparisons[0].high < 1 + self.limit else OPEN

    @property
    def refused(self) -> list[str]:
        """Why there is no ratio, in sentences."""
        return [*filter(None, [self.reason]), *(sentence for race in self.races for sentence in race.refused)]

    def _judged(self, place: int) -> str:
        return self.races[place].judge(self.limit) if place < len(self.races) else UNSURE


def outcome(guarded: Sequence[Guarded]) -> str:
    """SLOWER where any variant is; else UNSURE where any is, or there is none; else NOT_SLOWER."""
    found = {one.outcome for one in guarded}
    return next((known for known in (SLOWER, UNSURE, NOT_SLOWER) if known in found), UNSURE)


def lines(limit: float) -> list[float]:
    """The ratios of no difference and of the limit, either way."""
    return decision.cuts((0.0, limit))


def as_json(found: Sequence[Guarded], limit: float) -> dict[str, Any]:
    """All that was found as plain values, every digit of it; a race is written as `compare` writes it."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "limit": limit,
        "outcome": outcome(found),
        "variants": [
            {
                "name": one.name,
                "title": one.title,
                "outcome": one.outcome,
                "why": one.why,
                "refused": one.refused,
                "races": [compare_words.as_json(race) for race in one.races],
            }
            for one in found
        ],
    }
