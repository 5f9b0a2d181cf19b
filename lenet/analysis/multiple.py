"""Many pairs asked at once: which of them stay different when one false alarm in twenty is allowed to
all of them together (Holm 1979)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from lenet.analysis.intervals import FIXED, chance, student
from lenet.analysis.verdict import Pair

ALARMS = 0.05


def judged(pairs: Sequence[Pair], quantile: float = FIXED) -> list[Pair]:
    """The pairs, each with whether it stays different among all of them.

    quantile: what their intervals were made with.
    """
    by_chance = [_chance(pair, quantile) for pair in pairs]
    holds = [False] * len(pairs)
    for done, place in enumerate(sorted(range(len(pairs)), key=by_chance.__getitem__)):
        if not by_chance[place] <= ALARMS / (len(pairs) - done):
            break
        holds[place] = True
    return [replace(pair, holds=bool(pair.different) and held) for pair, held in zip(pairs, holds, strict=True)]


def _chance(pair: Pair, quantile: float) -> float:
    """How often equal programs would come out as far apart; 1 where there is no interval."""
    degrees = pair.rounds - 1 or pair.slices - 1
    if math.isnan(pair.low) or degrees < 1 or pair.high <= pair.low:
        return 0.0 if pair.high == pair.low != 1 else 1.0
    reach = (math.log(pair.high) - math.log(pair.low)) / 2
    return chance(math.log(pair.ratio) / reach * student(degrees, quantile), degrees)
