"""A race that decides twice: what a first race has decided is said once a second one has decided the same.

The second race has fresh processes and is judged by its own rounds alone, so its error is independent
of the first one's: of races of equal programs one in twenty is fooled, and of second races that then
have to be fooled to the same side one in forty. What both have decided is what the hull of their two
intervals leaves out: a line that they have on different sides lies between them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from lenet import catalog
from lenet.analysis import decision, ratio_words, verdict
from lenet.analysis.decision import Question
from lenet.analysis.verdict import Pair, Slices
from lenet.analysis.words import counted
from lenet.records import Run
from lenet.settings import Settings

MARK = "confirms"
"""The key in a run's load that says that it was raced to confirm what others had decided."""

Pairs = Mapping[frozenset[str], Pair]
"""The pairs of a race, by their labels."""


@dataclass(frozen=True)
class Twice:
    """The pair of two labels by its first race, and by the one that was to confirm it, the same label
    slow in both; None where a race has no round of theirs."""

    first: Pair | None
    second: Pair | None

    @property
    def both(self) -> Pair | None:
        """The first pair with the hull of the two intervals; None without a second."""
        return joint(self.first, self.second) if self.first and self.second else None


def confirming(runs: Collection[Run]) -> frozenset[int]:
    """The rounds that were raced to confirm."""
    return frozenset(run.round for run in runs if run.load.get(MARK))


def only(slices: Slices, rounds: Collection[int]) -> Slices:
    """The slices of these rounds."""
    return {number: own for number, own in slices.items() if number in rounds}


def twice(pair: Pair, slices: Mapping[str, Slices], fresh: Collection[int], settings: Settings) -> Twice:
    """A pair by each race. slices: by label; fresh: the rounds of the second race."""
    rounds = slices[pair.slow].keys() | slices[pair.fast].keys()

    def judged(own: Collection[int]) -> Pair | None:
        of_look = decision.quantile(decision.most_rounds(settings), len(own))
        slow, fast = only(slices[pair.slow], own), only(slices[pair.fast], own)
        found = verdict.compare(pair.slow, pair.fast, slow, fast, quantile=of_look)
        return found and turned_as(pair, found)

    return Twice(judged(rounds - set(fresh)), judged(rounds & set(fresh)))


def turned_as(pair: Pair, found: Pair) -> Pair:
    """The pair `found` with the same label slow as in `pair`."""
    return found if found.slow == pair.slow else decision.turned(found)


def joint(first: Pair, second: Pair) -> Pair:
    """The first pair with an interval that reaches from the lower to the upper end of both; NaN where
    one has none."""
    second = turned_as(first, second)
    ends = float(np.minimum(first.low, second.low)), float(np.maximum(first.high, second.high))
    return replace(first, low=ends[0], high=ends[1], rounds=min(first.rounds, second.rounds))


def unconfirmed(before: Pairs, now: Pairs, lines: tuple[float, ...]) -> list[Question]:
    """What a first race has decided and a second has not yet, each with its pair in the second race."""
    found = []
    for labels, first in before.items():
        second = now.get(labels, replace(first, rounds=0))
        decided = set(decision.cuts(lines)) - set(decision.open_cuts(first, lines))
        left = decided & set(decision.open_cuts(joint(first, second), lines))
        found += [Question(turned_as(first, second), cut) for cut in sorted(left)]
    return found


def told(pair: Pair, found: Twice, lines: tuple[float, ...]) -> Pair:
    """The pair, its verdict with what both races have decided of it.

    A difference that only one of them has found is not called one.
    """
    both, said = found.both, sentence(found, lines)
    pair = replace(pair, agreed=(both.low, both.high) if both else (math.nan, math.nan))
    if not pair.different or (both and not both.low <= 1 <= both.high):
        return replace(pair, verdict=f"{pair.verdict} {said}".rstrip())
    figures = ratio_words.text(pair.ratio, pair.low, pair.high)
    looks = f"{catalog.title(pair.slow)} looks {figures} times as slow as {catalog.title(pair.fast)}"
    why = "two races do not both say so by themselves" if both else "no second race has confirmed it"
    return replace(pair, different=None, verdict=f"Undecided: {looks}, but {why}. {said}".rstrip())


def sentence(found: Twice, lines: tuple[float, ...]) -> str:
    """What is decided of a pair twice, only once, and not at all: 'Decided: slower, confirmed by a second
    race of 5 rounds.'"""
    if found.first is None:
        return ""
    agreed = decision.place(found.both, lines) if found.both else ""
    race = f"a second race of {counted(found.second.rounds, 'round')}" if found.second else ""
    said = [f"Decided: {agreed}, confirmed by {race}."] if agreed else []
    if decision.place(found.first, lines) != agreed:
        missing = f"{race} does not confirm that" if race else "there was no second race"
        said.append(f"Not confirmed: {_found(found.first, lines)}; {missing}.")
    return " ".join(filter(None, (*said, decision.left_open(found.first, lines))))


def _found(first: Pair, lines: tuple[float, ...]) -> str:
    """'a first race of 5 rounds found Keras fit slower by more than 3 %'."""
    seen = first if first.ratio >= 1 else decision.turned(first)
    rounds = counted(first.rounds, "round")
    return f"a first race of {rounds} found {catalog.title(seen.slow)} {decision.place(seen, lines)}"
