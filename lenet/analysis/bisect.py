"""Search a row of releases for the one that changed a time: which of them to race next, and what the
races so far have found.

A step races the release in the middle between two whose times differ, beside these two, and goes on
between the two that lie further apart: the two halves make up the whole, so the larger one goes its way.
With several changes it follows a large one and keeps in mind where the others lie. Each gap is that of
two releases in one race: a machine that changes its pace from one step to the next moves none.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Gap:
    """How many times as long the later of two releases takes as the earlier one, with the 95 % interval,
    as one race found it. `different`: whether they surely differ."""

    ratio: float
    low: float
    high: float
    different: bool
    experiment: int = 0
    verdict: str = ""
    """What its race says of the two."""

    def within(self, change: float) -> bool:
        """Whether they are surely no further apart than this share."""
        return max(self.high, 1 / self.low) <= 1 + change


Known = Mapping[tuple[int, int], Gap]
"""What is known, by the places of two releases in their row, the earlier one first."""


@dataclass(frozen=True)
class Race:
    """The releases, by their places, that have to be raced in one experiment."""

    places: tuple[int, ...]


@dataclass(frozen=True)
class Stretch:
    """Two releases with a change between them."""

    first: int
    last: int
    gap: Gap


@dataclass(frozen=True)
class Found:
    """The change lies between two releases, and nothing between them can be raced.

    elsewhere: stretches with another change, into which was not looked.
    """

    change: Stretch
    elsewhere: tuple[Stretch, ...] = ()


@dataclass(frozen=True)
class Same:
    """The first and the last release that can be raced do not differ, as far as was asked."""

    ends: Stretch


@dataclass(frozen=True)
class Nothing:
    """Fewer than two releases can be raced."""


Answer = Race | Found | Same | Nothing


def search(count: int, known: Known, skipped: Collection[int], change: float) -> Answer:
    """What to do about `count` releases, the oldest first: race some of them, or believe what was found.

    skipped: those that cannot be raced. change: the smallest difference that is looked for, as a share.
    """
    there = [place for place in range(count) if place not in skipped]
    if len(there) < 2:
        return Nothing()
    first, last = there[0], there[-1]
    whole = known.get((first, last))
    if whole is None:
        return Race((first, last))
    stretch = Stretch(first, last, whole)
    if not whole.different or whole.within(change):
        return Same(stretch)
    elsewhere: list[Stretch] = []
    while between := [place for place in there if stretch.first < place < stretch.last]:
        middle = min(between, key=lambda place: abs(2 * place - stretch.first - stretch.last))
        halves = _halves(stretch, middle, known)
        if halves is None:
            return Race((stretch.first, middle, stretch.last))
        stretch, left = sorted(halves, key=lambda half: abs(math.log(half.gap.ratio)), reverse=True)
        if left.gap.different and not left.gap.within(change):
            elsewhere.append(left)
    return Found(stretch, tuple(sorted(elsewhere, key=lambda one: one.first)))


def _halves(stretch: Stretch, middle: int, known: Known) -> tuple[Stretch, Stretch] | None:
    """The stretch before and after a release in it; None before the two were raced."""
    before, after = known.get((stretch.first, middle)), known.get((middle, stretch.last))
    if before is None or after is None:
        return None
    return Stretch(stretch.first, middle, before), Stretch(middle, stretch.last, after)


def most_races(count: int) -> int:
    """The most races that a search among so many releases takes."""
    return 1 + math.ceil(math.log2(count - 1)) if count > 1 else 0


def halfway(gap: Gap) -> float:
    """The line, as a share, that tells the side of a change from which a release is: halfway, where ratios
    are multiplied."""
    return math.exp(abs(math.log(gap.ratio)) / 2) - 1
