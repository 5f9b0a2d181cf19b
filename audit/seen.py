"""What races of known ratios would have said, by the rounds they have; runs nothing.

The rows are rounds, each of a session: the error of each round's log ratio (what it found less what was planted), its
variance by its slices alone, its slices, and the seconds that a round took. Any run of `count` rounds that
follow each other is a race of so many rounds; adding the logarithm of 1 + s to its errors makes it a race
of a program that is s slower. So one hour tells of every size and every length.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lenet.analysis import decision
from lenet.analysis.intervals import FIXED, NORMAL, Interval, around

CELL = ["entries", "neighbour"]
SIZES = (0.01, 0.02, 0.03, 0.05, 0.10)
MINUTES = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0)
FEWEST = 2
"""The rounds without which there is no interval over processes."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Race:
    """The errors of its rounds, their variances by slices alone, and their slices, each (rounds,)."""

    error: Floats
    within: Floats
    slices: Floats

    def part(self, first: int, end: int) -> Race:
        """The race of the rounds from `first` up to `end`."""
        return Race(self.error[first:end], self.within[first:end], self.slices[first:end])

    def slowed(self, size: float) -> Race:
        """The same of a program that is slower by so much."""
        return Race(self.error + math.log1p(size), self.within, self.slices)


def fixed(race: Race) -> int:
    """The verdict of a race whose rounds were set beforehand: 1 for slower, -1 for faster, 0 for no
    difference."""
    return _side(_interval(race, FIXED))


def decided(race: Race) -> int:
    """The verdict of a race that may have so many rounds and ends as soon as it has decided who is
    faster."""
    most = len(race.error)
    looks = range(decision.FIRST, most + 1)
    sides = (_side(_interval(race.part(0, done), decision.quantile(most, done))) for done in looks)
    return next((side for side in sides if side), 0)


JUDGES: dict[str, Callable[[Race], int]] = {"rounds set beforehand": fixed, "until decided": decided}


def figures(rows: pd.DataFrame) -> pd.DataFrame:
    """A row per cell, minutes and judge: rounds, races that can be made, hold (the share whose interval
    would hold the truth, or that would call equal programs equal), and one column per size: the share
    that would find it."""
    made = [
        _figure(cell, part, minutes, judge) for cell, part in _cells(rows) for minutes in MINUTES for judge in JUDGES
    ]
    return pd.DataFrame([row for row in made if row])


def table(rows: pd.DataFrame) -> str:
    """The figures in Markdown, each share with Wilson's 95 % interval."""
    found = figures(rows)
    head = ["variants", "neighbour", "minutes", "rounds", "ends", "rounds raced", "right of equal programs"]
    head += [f"{size:.0%} found" for size in SIZES]
    lines = [head, ["---"] * len(head)]
    for row in found.to_dict("records"):
        shares = [_share(row[name], row["apart"]) for name in ("hold", *SIZES)]
        lines.append(
            [str(row["entries"]), row["neighbour"], f"{row['minutes']:g}", str(row["rounds"]), row["judge"],
             str(row["raced"]), *shares]
        )  # fmt: skip
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def spread(rows: pd.DataFrame) -> Iterator[str]:
    """A sentence per cell: the two variance components that hold its races back."""
    for (entries, neighbour), part in _cells(rows):
        total, slices = float(part["error"].var(ddof=1)), float(part["within"].mean())
        process = math.sqrt(max(total - slices, 0.0) / 2)
        yield (
            f"{entries} variants, neighbour {neighbour}: a round of {part['seconds'].median():.0f} s finds a ratio to "
            f"±{math.sqrt(total):.2%} (standard deviation), of which its slices explain ±{math.sqrt(slices):.2%}; that "
            f"leaves ±{process:.2%} for a process."
        )


def _cells(rows: pd.DataFrame) -> Iterator[tuple[Any, pd.DataFrame]]:
    yield from rows.groupby(CELL, sort=False)


def _figure(cell: Any, part: pd.DataFrame, minutes: float, name: str) -> dict[Any, Any]:
    judge, count = JUDGES[name], int(60 * minutes / part["seconds"].median())
    fewest = FEWEST if judge is fixed else decision.FIRST
    races = list(_races(part, count)) if count >= fewest else []
    if not races:
        return {}
    entries, neighbour = cell
    found = {size: float(np.mean([judge(race.slowed(size)) > 0 for race in races])) for size in SIZES}
    hold = float(np.mean([judge(race) == 0 for race in races]))
    return {
        "entries": entries, "neighbour": neighbour, "minutes": minutes, "rounds": count, "judge": name,
        "raced": len(part), "apart": len(part) / count, "hold": hold, **found,
    }  # fmt: skip


def _races(part: pd.DataFrame, count: int) -> Iterator[Race]:
    """Every run of `count` rounds of a pair that follow each other in one session."""
    for _, pair in part.groupby(["session", "pair"], sort=False):
        whole = Race(*(pair[name].to_numpy(dtype=float) for name in ("error", "within", "slices")))
        yield from (whole.part(first, first + count) for first in range(len(pair) - count + 1))


def _interval(race: Race, quantile: float) -> Interval:
    return around(race.error, float(race.within.mean()), int(race.slices.sum()), quantile)


def _side(interval: Interval) -> int:
    return int(interval.low > 0) - int(interval.high < 0)


def _share(share: float, number: float) -> str:
    """'95 % [88, 98]', as of `number` races that share no round (Wilson, JASA 1927)."""
    middle = (share * number + NORMAL**2 / 2) / (number + NORMAL**2)
    reach = NORMAL / (number + NORMAL**2) * math.sqrt(share * (1 - share) * number + NORMAL**2 / 4)
    return f"{100 * share:.0f} % [{100 * max(middle - reach, 0.0):.0f}, {100 * min(middle + reach, 1.0):.0f}]"
