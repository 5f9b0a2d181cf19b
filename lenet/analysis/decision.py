"""Decide on which side of given lines each ratio lies, looking after every round.

A line of 3 % is a ratio of 1.03, and of 1/1.03 the other way round; a line of 0 % is a ratio of 1. A
race that ends as soon as its intervals leave out every line looks often, and each look may be fooled:
with 95 % intervals at every one, 20 of 100 races of equal programs were called different within 14
rounds, with 99 % ones still 8. So the error is spent over the looks (Lan and DeMets 1983), in proportion
to the rounds that are done: what is clear is decided after four or five. The interval after a round has
the quantile of that look; all looks together hold the truth in 95 of 100 races. How many rounds there
may be is set beforehand for that (`Settings.most_rounds`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

import numpy as np

from lenet import catalog
from lenet.analysis import estimator, precision, ratio_words, verdict
from lenet.analysis.intervals import LOOKED, chance, student
from lenet.analysis.verdict import Pair, Slices
from lenet.settings import Settings

FIRST, MOST = 4, 60
"""The round after which is looked first, and the most rounds."""
ERROR = 0.05
DRAWS = 40_000


@dataclass(frozen=True)
class Question:
    """Whether the ratio of a pair lies beyond a line, where that is not decided; `cut` is the line's
    ratio."""

    pair: Pair
    cut: float


def of_race(settings: Settings, rounds: int) -> float:
    """The quantile for intervals of a race with these settings after so many rounds, whatever ended it."""
    return quantile(settings.most_rounds, rounds) if settings.decide else precision.quantile(settings)


def quantile(most: int, rounds: int) -> float:
    """The quantile of Student's t for 95 % intervals after `rounds` of at most `most` rounds; before the
    first look that of any race that goes on."""
    if rounds < FIRST:
        return LOOKED
    looks = _quantiles(min(max(most, FIRST), MOST))
    return looks[min(rounds, len(looks) + FIRST - 1) - FIRST]


@lru_cache(maxsize=MOST)
def _quantiles(most: int) -> tuple[float, ...]:
    """The quantile of each look, from round FIRST to round `most`, from random draws that are the same
    in every call."""
    drawn = np.random.default_rng((estimator.SEED, most)).normal(size=(DRAWS, most))
    rounds = np.arange(1, most + 1)
    means = drawn.cumsum(axis=1) / rounds
    squares = np.maximum((drawn**2).cumsum(axis=1) - rounds * means**2, 1e-12)
    looks, going = [], np.ones(DRAWS, dtype=bool)
    for done in range(FIRST, most + 1):
        spent = ERROR * done / most
        t = np.abs(means[:, done - 1]) * np.sqrt(done * (done - 1) / squares[:, done - 1])
        more = max(round(spent * DRAWS) - int((~going).sum()), 1)
        bound = float(np.partition(t[going], -more)[-more])
        going &= t < bound
        looks.append(1 - chance(bound, done - 1) / 2)
    return tuple(looks)


def cuts(lines: tuple[float, ...]) -> list[float]:
    """The ratios of the lines, in order."""
    return sorted({1 + line for line in lines} | {1 / (1 + line) for line in lines})


def most_rounds(settings: Settings) -> int:
    """The most rounds of a race: of two that decide the same, each has half."""
    return max(settings.most_rounds // 2, FIRST) if settings.confirm else settings.most_rounds


def pairs(slices: Mapping[str, Slices], settings: Settings, rounds: int) -> dict[frozenset[str], Pair]:
    """All pairs that a report would compare, by their labels, as they are after so many rounds of a race.

    slices: by label, for labels whose times may be compared.
    """
    of_look = quantile(most_rounds(settings), rounds)
    found = (
        verdict.compare(a, b, slices[a], slices[b], quantile=of_look)
        for a, b in combinations(slices, 2)
        if catalog.overrides(a) == catalog.overrides(b)
    )
    return {frozenset((pair.slow, pair.fast)): pair for pair in found if pair is not None}


def questions(found: Mapping[frozenset[str], Pair], lines: tuple[float, ...]) -> list[Question]:
    """What is not decided of these pairs."""
    return [Question(pair, cut) for pair in found.values() for cut in open_cuts(pair, lines)]


def turned(pair: Pair) -> Pair:
    """The same pair, seen from the other label."""
    return replace(pair, slow=pair.fast, fast=pair.slow, ratio=1 / pair.ratio, low=1 / pair.high, high=1 / pair.low)


def open_cuts(pair: Pair, lines: tuple[float, ...]) -> Iterator[float]:
    """The ratios of the lines on whose one side the pair does not surely lie."""
    return (cut for cut in cuts(lines) if math.isnan(pair.low) or pair.rounds < FIRST or pair.low <= cut <= pair.high)


def needed(question: Question, most: int) -> int:
    """After how many rounds that scatter as those so far a question is expected to be decided; most + 1
    where that takes more."""
    pair = question.pair
    if math.isnan(pair.low) or pair.rounds < 2:
        return min(max(pair.rounds + 1, FIRST), most + 1)
    distance = abs(math.log(pair.ratio / question.cut))
    reach = math.log(pair.high / pair.low) / 2 / student(pair.rounds - 1, quantile(most, pair.rounds))
    for rounds in range(max(pair.rounds + 1, FIRST), most + 1):
        if reach * math.sqrt(pair.rounds / rounds) * student(rounds - 1, quantile(most, rounds)) < distance:
            return rounds
    return most + 1


def told(pair: Pair, lines: tuple[float, ...]) -> Pair:
    """The pair, its verdict with what is decided of it."""
    if too_early(pair, lines):
        ratio, fast = ratio_words.short(pair.ratio), catalog.title(pair.fast)
        looks = f"{catalog.title(pair.slow)} looks {ratio} times as slow as {fast}"
        rounds = f"a race with lines to decide judges after {FIRST} rounds, and this one had {pair.rounds}"
        return replace(pair, different=None, verdict=f"Undecided: {looks}, but {rounds}; give it a longer budget.")
    return replace(pair, verdict=f"{pair.verdict} {sentence(pair, lines)}") if lines else pair


def too_early(pair: Pair, lines: tuple[float, ...]) -> bool:
    """Whether a race with lines to decide has too few rounds for any verdict: the chance to err is spent
    over its looks, and before the first of them there is none to spend."""
    return bool(lines) and pair.rounds < FIRST


def sentence(pair: Pair, lines: tuple[float, ...]) -> str:
    """What is decided of a pair, as a sentence: 'Decided: slower by more than 3 %.'"""
    said = place(pair, lines)
    return " ".join(filter(None, (f"Decided: {said}." if said else "", left_open(pair, lines))))


def place(pair: Pair, lines: tuple[float, ...]) -> str:
    """Where the ratio of a pair surely lies, as far as lines were asked for; '' for nowhere."""
    known = set(cuts(lines)) - set(open_cuts(pair, lines))
    below, above = [cut for cut in known if cut < pair.low], [cut for cut in known if cut > pair.high]
    return _place(max(below, default=0.0), min(above, default=math.inf))


def left_open(pair: Pair, lines: tuple[float, ...]) -> str:
    """What of a pair is not decided, as a sentence; '' for nothing."""
    unknown = dict.fromkeys(map(_line, open_cuts(pair, lines)))
    return f"Not decided: {' and '.join(unknown)}." if unknown else ""


def _place(low: float, high: float) -> str:
    """Where a ratio lies of which it is known that it is above `low` and below `high`, both ratios of
    lines; '' where nothing is known."""
    if low >= 1:
        least = f"more than {apart(low)}" if low > 1 else ""
        most = f"less than {apart(high)}" if high < math.inf else ""
        return f"slower{' by ' * bool(least or most)}{' and '.join(filter(None, (least, most)))}"
    if low > 0 and high < math.inf:
        return f"no further apart than {apart(max(high, 1 / low))}"
    return f"not slower by {apart(high)}" if high < math.inf else ""


def _line(cut: float) -> str:
    return "which one is faster" if cut == 1 else f"whether it is {apart(cut)}"


def apart(cut: float) -> str:
    """How far from 1 the ratio of a line is, either way: '3 %' for 1.03 and for 1/1.03."""
    return f"{100 * (max(cut, 1 / cut) - 1):.3g} %"
