"""How a ratio of two times is read: its digits, and which of three outcomes it is.

A ratio is *different* (its interval leaves out 1), *equal* (all of its interval lies close to 1) or
*undecided*. An interval that holds 1 and reaches far says nothing of either.
"""

from __future__ import annotations

import math

from lenet.analysis.intervals import FIXED, student

DIFFERENT, EQUAL, UNDECIDED = "different", "equal", "undecided"
CLOSE = 0.05
"""Two times are called equal where the interval of their ratio lies within this share of 1, to
either side."""
WIDE = 10.0
"""An interval whose ends are so many times apart is written with two digits for each figure."""
SMALL = 0.1
"""So are all below this."""
MAX_DECIMALS = 4
MOST_ROUNDS = 30
"""Nobody is advised to race more rounds than this: a longer or a quieter race serves better."""


def apart(low: float, high: float) -> float:
    """How far from 1 the farther end of an interval lies, as a share: 0.02 for [0.99, 1.02]."""
    return max(high, 1 / low) - 1


def outcome(low: float, high: float, *, different: bool | None, floor: float = math.nan) -> str:
    """DIFFERENT, EQUAL or UNDECIDED. floor: of the noise, as a share; NaN where it is not known."""
    if different:
        return DIFFERENT
    if different is None or math.isnan(low):
        return UNDECIDED
    inside = apart(low, high) if low <= 1 <= high else max(apart(low, high), floor)
    return EQUAL if inside <= CLOSE else UNDECIDED


def bound(part: float) -> str:
    """A share as a bound, rounded up: '0.5 %', '1.7 %', '12 %'."""
    percent = max(100 * part, 0.01)
    digits = 1 - math.floor(math.log10(percent))
    return f"{math.ceil(round(percent * 10**digits, 6)) / 10**digits:.12g} %"


def rounds_to_decide(ratio: float, high: float, rounds: int, quantile: float = FIXED) -> int | None:
    """After how many rounds the interval would leave out 1 or be close to it, if rounds go on to
    scatter as they did.

    None where that takes more than MOST_ROUNDS. A single round says nothing of scatter: three are a
    start.
    """
    if rounds < 2:
        return 3
    distance, reach = abs(math.log(ratio)), math.log(high) - math.log(ratio)
    wanted = max(distance, math.log1p(CLOSE) - distance)
    for more in range(rounds + 1, MOST_ROUNDS + 1):
        shrink = student(more - 1, quantile) / student(rounds - 1, quantile) * math.sqrt(rounds / more)
        if reach * shrink < wanted:
            return more
    return None


def text(ratio: float, low: float, high: float) -> str:
    """'1.24 [1.19, 1.28]', the same in sentences, tables and charts; 'about 1.2' without an
    interval."""
    if math.isnan(ratio):
        return "–"
    if math.isnan(low):
        return f"about {short(ratio)}"
    middle, start, end = rounded(ratio, low, high)
    return f"{middle} [{start}, {end}]"


def estimate(ratio: float, low: float, high: float) -> str:
    """The ratio alone, with the digits that it has beside its interval."""
    return text(ratio, low, high).split(" [")[0]


def rounded(ratio: float, low: float, high: float) -> tuple[str, str, str]:
    """The three figures with the digits that the interval justifies.

    Half its width keeps two digits when it begins with 1 to 3.5, else one (the rule of the Particle
    Data Group); more where rounding would move an end of the interval onto 1 or across it. Where
    the ends are far apart each figure has two digits of its own, so that no figure reads 0.
    """
    if high > WIDE * low or low < SMALL:
        return short(ratio), short(low), short(high)
    decimals = _decimals((high - low) / 2)
    while decimals < MAX_DECIMALS and any(_side(round(end, decimals)) != _side(end) for end in (low, high)):
        decimals += 1
    return f"{ratio:,.{decimals}f}", f"{low:,.{decimals}f}", f"{high:,.{decimals}f}"


def short(value: float) -> str:
    """Two digits, on the same side of 1 as the value: '0.7', '15', '1,600', '0.999'."""
    for digits in range(2, 12):
        near = float(f"{value:.{digits}g}")
        if _side(near) == _side(value):
            break
    return f"{near:,.0f}" if near >= 100 else f"{near:.12g}"


def _decimals(half: float) -> int:
    if half <= 0:
        return MAX_DECIMALS
    exponent = math.floor(math.log10(half))
    wanted = -exponent + (half / 10.0**exponent < 3.55)
    return min(max(wanted, 0), MAX_DECIMALS)


def _side(value: float) -> int:
    """On which side of 1 it lies: -1 below, 1 above."""
    return (value > 1) - (value < 1)
