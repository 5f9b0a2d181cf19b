"""Put times with their intervals, shares, counts and lists into words, for sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lenet.analysis.intervals import Interval

COARSE = (2.0, 0.2, 0.02)
"""A figure has a decimal for each of these that its interval does not reach to either side."""
MISSING = "–"
ONE_ROUND = "One round: differences between processes are not in these intervals."


def micro(interval: Interval) -> str:
    """'210 µs [190, 230]'; 'about 210 µs' without an interval. interval: in us."""
    return _with_ends(interval, 1.0, "µs")


def time(interval: Interval) -> str:
    """'210 µs [190, 230]'; from 1 ms on in milliseconds: '2.10 ms [2.03, 2.17]'. interval: us."""
    if abs(interval.estimate) < 1000:
        return micro(interval)
    return _with_ends(interval, 1000.0, "ms")


def _with_ends(interval: Interval, unit: float, name: str) -> str:
    reach = (interval.high - interval.low) / 2 / unit
    decimals = sum(reach < coarse for coarse in COARSE)
    middle, low, high = (plain(value / unit, decimals) for value in (interval.estimate, interval.low, interval.high))
    return f"about {middle} {name}" if math.isnan(interval.low) else f"{middle} {name} [{low}, {high}]"


def plain(value: float, decimals: int = 0) -> str:
    """The number with separators, '2,010', and never '-0'."""
    text = f"{value:,.{decimals}f}"
    return text[1:] if text.startswith("-") and not any(digit in text for digit in "123456789") else text


def milliseconds(value: float) -> str:
    """A time in ms with three digits: '0.951', '6.21', '12.3', '1,230'; a dash for NaN."""
    return MISSING if math.isnan(value) else plain(value, _decimals_of(value))


def apart(one: float, other: float) -> str:
    """How far apart two times in ms are, as a reader would subtract them: '1.96' of 9.41 and 7.45."""
    decimals = _decimals_of(max(one, other))
    return plain(abs(round(one, decimals) - round(other, decimals)), decimals)


def _decimals_of(value: float) -> int:
    """The decimals of a figure with three digits, at most three."""
    return min(max(2 - math.floor(math.log10(value)), 0), 3) if value > 0 else 0


def share(part: float) -> str:
    """'26 %'; 'less than 1 %' for a small one."""
    return "less than 1 %" if 0 < abs(part) < 0.01 else f"{plain(100 * part)} %"


def part(interval: Interval) -> str:
    """A share with its interval: '62 % [50, 74]'; 'about 62 %' without one."""
    if math.isnan(interval.low):
        return f"about {plain(100 * interval.estimate)} %"
    middle, low, high = (plain(100 * value) for value in (interval.estimate, interval.low, interval.high))
    return f"{middle} % [{low}, {high}]"


def turned(interval: Interval) -> Interval:
    """The interval with the other sign."""
    return Interval(-interval.estimate, -interval.high, -interval.low, interval.rounds, interval.slices)


def listed(parts: Sequence[str]) -> str:
    """'A', 'A and B', 'A, B and C'."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def counted(number: int, noun: str, nouns: str = "") -> str:
    """A number with its noun: '1 round', '3 rounds', '2,000 batches'.

    nouns: the plural, where it is not the noun with an s.
    """
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"
