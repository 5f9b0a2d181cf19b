"""Count how often verdicts were right, per allocator and neighbour.

Works on the rows of pairs whose ratios are known; runs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from lenet.analysis.intervals import NORMAL

CELL = ["variant", "allocator", "neighbour"]
SAME = 0.0


def table(rows: pd.DataFrame) -> str:
    """The report in Markdown.

    rows: a pair each, with experiment, variant, allocator, neighbour, planted_slow and planted_fast
    (shares), ratio, low, high, different. The true ratio of a pair is
    (1 + planted_slow) / (1 + planted_fast).
    """
    head = (
        "| variant | allocator | neighbour | experiments | equal, called different | "
        + " | ".join(f"{share:.0%} found" for share in _planted(rows))
        + " | intervals that cover | half width, median |"
    )
    rule = "| " + " | ".join(["---"] * (head.count("|") - 1)) + " |"
    cells = rows.groupby(CELL, sort=False)
    return "\n".join([head, rule, *(_row([str(name) for name in cell], part, rows) for cell, part in cells)])


def alone(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the verdicts that their intervals alone give, without a noise floor."""
    return rows.assign(different=(rows["low"] > 1) | (rows["high"] < 1))


def _planted(rows: pd.DataFrame) -> list[float]:
    return sorted(set(rows["planted_slow"]) - {SAME})


def _row(cell: list[str], part: pd.DataFrame, rows: pd.DataFrame) -> str:
    equal = part[(part["planted_slow"] == SAME) & (part["planted_fast"] == SAME)]
    cells = [*cell, str(part["experiment"].nunique()), share(equal["different"])]
    cells += [share(_found(part, planted)) for planted in _planted(rows)]
    half = ((part["high"] / part["low"]) ** 0.5 - 1).median()
    return "| " + " | ".join([*cells, share(covered(part)), f"{half:.1%}"]) + " |"


def _found(part: pd.DataFrame, planted: float) -> pd.Series[bool]:
    """For each pair of a slowed and an unslowed copy: was the slowed one called slower?"""
    against = part[
        ((part["planted_slow"] == planted) & (part["planted_fast"] == SAME))
        | ((part["planted_fast"] == planted) & (part["planted_slow"] == SAME))
    ]
    return against["different"] & (against["planted_slow"] == planted)


def covered(rows: pd.DataFrame) -> pd.Series[bool]:
    """For each pair: does its interval contain the planted ratio?"""
    truth = (1 + rows["planted_slow"]) / (1 + rows["planted_fast"])
    return (rows["low"] <= truth) & (truth <= rows["high"])


def share(hits: pd.Series[bool]) -> str:
    """'3 of 60, 5 % [2, 14]', with Wilson's 95 % interval (Wilson, JASA 1927).

    The interval treats the pairs as independent.
    """
    count, number = int(hits.sum()), len(hits)
    if not number:
        return ""
    low, high = _wilson(count, number)
    return f"{count} of {number}, {100 * count / number:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"


def _wilson(count: int, number: int) -> tuple[float, float]:
    middle = (count + NORMAL**2 / 2) / (number + NORMAL**2)
    reach = NORMAL / (number + NORMAL**2) * math.sqrt(count * (number - count) / number + NORMAL**2 / 4)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def misses(rows: pd.DataFrame) -> Iterator[str]:
    """A line for each miss: an interval that does not contain the planted ratio."""
    for row in rows[~covered(rows)].to_dict("records"):
        truth = (1 + row["planted_slow"]) / (1 + row["planted_fast"])
        yield (
            f"experiment {row['experiment']} ({row['variant']}, {row['allocator']}, {row['neighbour']}): "
            f"{row['ratio']:.4f} [{row['low']:.4f}, {row['high']:.4f}], planted {truth:.4f}"
        )
