"""Student's t for any chance of error: what many comparisons at once need, beside the table of `intervals`."""

from __future__ import annotations

import math
from functools import lru_cache


def within(t: float, degrees: int) -> float:
    """Probability that a Student's t with `degrees` (whole, 1 and up) of freedom lies between -t and t.

    Exact, by the finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4.
    """
    angle = math.atan(t / math.sqrt(degrees))
    odd = degrees % 2
    term, total = (math.cos(angle), 0.0) if odd else (1.0, 0.0)
    for step in range(1 + odd, 2 * (degrees // 2) + odd, 2):
        total += term
        term *= math.cos(angle) ** 2 * step / (step + 1)
    return (angle + math.sin(angle) * total) * 2 / math.pi if odd else math.sin(angle) * total


@lru_cache(maxsize=512)
def reach(degrees: int, error: float) -> float:
    """The t whose absolute value is exceeded with probability `error` (two-sided), by bisection."""
    low, high = 0.0, 1.0
    while within(high, degrees) < 1 - error:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle, degrees) < 1 - error else (low, middle)
    return high
