"""Times with their intervals, shares, numbers of things and lists in words, for sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lenet.analysis.intervals import Interval

COARSE = (2.0, 0.2, 0.02)
"""An interval that reaches as far to either side as the first leaves no place for decimals, the
second one for one."""
ONE_ROUND = "One round: differences between processes are not in these intervals."


def micro(found: Interval) -> str:
    """'210 µs [190, 230]'; 'about 210 µs' without an interval. found: in us."""
    return _with_ends(found, 1.0, "µs")


def time(found: Interval) -> str:
    """The same, in milliseconds from 1 ms on: '2.10 ms [2.03, 2.17]'."""
    if abs(found.estimate) < 1000:
        return micro(found)
    return _with_ends(found, 1000.0, "ms")


def _with_ends(found: Interval, unit: float, name: str) -> str:
    reach = (found.high - found.low) / 2 / unit
    decimals = sum(reach < coarse for coarse in COARSE)
    middle, low, high = (plain(value / unit, decimals) for value in (found.estimate, found.low, found.high))
    return f"about {middle} {name}" if math.isnan(found.low) else f"{middle} {name} [{low}, {high}]"


def plain(value: float, decimals: int = 0) -> str:
    """'2,010', and never '-0'."""
    text = f"{value:,.{decimals}f}"
    return text[1:] if text.startswith("-") and not any(digit in text for digit in "123456789") else text


def share(part: float) -> str:
    """'26 %'; 'less than 1 %' for a small one."""
    return "less than 1 %" if 0 < abs(part) < 0.01 else f"{plain(100 * part)} %"


def turned(found: Interval) -> Interval:
    """The same with the other sign."""
    return Interval(-found.estimate, -found.high, -found.low, found.rounds, found.slices)


def listed(parts: Sequence[str]) -> str:
    """'A', 'A and B', 'A, B and C'."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def counted(number: int, noun: str, nouns: str = "") -> str:
    """'1 round', '3 rounds', '2,000 batches'. nouns: the plural, where it is not the noun with an
    s."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"
