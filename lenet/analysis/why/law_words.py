"""Put an overhead law into plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping

from lenet import catalog
from lenet.analysis.intervals import Interval, leaves_out_zero
from lenet.analysis.why.line_fit import FEWEST, Fit
from lenet.analysis.words import counted, listed, plain, share, time, turned

TRIFLE = 0.001
SAME = 0.02
"""Costs whose difference is surely below this share are called the same."""
SMALL_PART = 0.2
"""What surely makes less than this share of the gap, at every batch size that was raced, is said not
to make it: not to be measurable is not to be small."""
USUAL = 32
"""The batch size at which a fixed cost is compared with a step; so is the largest one measured."""


def of_fit(fit: Fit) -> str:
    """The law of one variant in a sentence."""
    title = catalog.title(fit.variant)
    if not fit.holds:
        return f"{title}: {fit.reason}"
    law = f"{time(fit.a)} per batch and {time(fit.b)} per image"
    return f"{title}: {law}, at batch sizes {fit.smallest} to {fit.largest}. {fit.reason}".rstrip()


def never(sizes: int) -> str:
    """The reason why a variant has no law."""
    if sizes < FEWEST:
        return f"there are figures for only {counted(sizes, 'batch size')}, and a line needs {FEWEST}."
    return f"no straight line holds over {FEWEST} batch sizes or more, so there is no fixed cost to tell."


def beyond(off: Mapping[int, float]) -> str:
    """Where the law ends. off: batch size -> height of its time above the line, as a share."""
    if not off:
        return ""
    sizes = [f"{plain(abs(part) * 100)} % {'more' if part > 0 else 'less'} at {number}" for number, part in off.items()]
    return f"Outside of these the law does not hold: a batch takes {listed(sizes)} than it says."


def no_line(one: str, other: str, sizes: int) -> str:
    """The reason why the difference of two variants has no cost per batch and per image."""
    titles = f"{catalog.title(one)} and {catalog.title(other)}"
    if sizes < FEWEST:
        return f"{titles} have only {counted(sizes, 'batch size')} in common, and a line needs {FEWEST}."
    return f"The difference between {titles} is not a straight line over {FEWEST} batch sizes or more."


def between(smallest: int, largest: int) -> str:
    """Where the difference of a pair is a straight line, if not everywhere."""
    return f" This holds at batch sizes {smallest} to {largest}, not at the others that were raced."


def of_pair(slow: Fit, fast: Fit, a: Interval, b: Interval, steps: Mapping[int, float]) -> str:
    """The extra cost of `slow`, per batch (a, us) and per image (b, us), and its meaning.

    steps: the time of a batch of `slow` in us at the batch sizes where the law holds.
    """
    title, other = catalog.title(slow.variant), catalog.title(fast.variant)
    more, each = differs(a, fast.a), differs(b, fast.b)
    per_batch = f"{title} costs {time(a)} more per batch than {other}"
    per_image = f"{time(b if b.estimate > 0 else turned(b))} ({_part(b, fast.b)})"
    if more and not each:
        verdict = _not_compute(a, b, max(steps))
        return f"{per_batch} and {_same(b, fast.b)} per image: {verdict}; that is {_in_proportion(a, steps)}."
    if each and not more:
        verdict = _not_overhead(a, b, min(steps))
        return f"{title} costs {per_image} more per image than {other} and {_same(a, fast.a)} per batch: {verdict}."
    if more and b.estimate > 0:
        both = f"{per_batch} and {per_image} more per image: it is overhead and compute"
        return f"{both}; overhead is {_in_proportion(a, steps)}."
    if more:
        turn = plain(a.estimate / -b.estimate)
        return f"{per_batch} but {per_image} less per image: they meet at a batch of about {turn}."
    return f"{title} and {other} do not differ measurably: per batch by {time(a)}, per image by {time(b)}."


def differs(difference: Interval, whole: Interval) -> bool:
    """Whether a difference is measurable and not a negligible part of the whole."""
    return leaves_out_zero(difference) and abs(difference.estimate) > TRIFLE * abs(whole.estimate)


def _part(difference: Interval, whole: Interval) -> str:
    return share(abs(difference.estimate) / abs(whole.estimate))


def _same(difference: Interval, whole: Interval) -> str:
    """'the same', or 'not measurably more' with the figure."""
    if max(abs(difference.low), abs(difference.high)) < SAME * abs(whole.estimate):
        return "the same"
    return f"not measurably more ({time(difference)})"


def _not_compute(a: Interval, b: Interval, largest: int) -> str:
    """Whether compute surely makes little of the gap even at the largest batch that was raced."""
    return _verdict("overhead", "compute", _farther(b) * largest, abs(a.estimate), largest)


def _not_overhead(a: Interval, b: Interval, smallest: int) -> str:
    """Whether overhead surely makes little of the gap even at the smallest batch that was raced."""
    return _verdict("compute", "overhead", _farther(a), abs(b.estimate) * smallest, smallest)


def _verdict(known: str, other: str, at_most: float, gap: float, size: int) -> str:
    """at_most: how much, in us, the other kind of cost may still make at this batch size."""
    part = at_most / gap
    if part < SMALL_PART:
        return f"it is {known}, not {other} ({other} at most {math.ceil(100 * part)} % of the gap at batch {size})"
    much = f"at batch {size} it may make {plain(part, 1)} times what {known} makes"
    return f"there is {known}; whether {other} differs too is not known ({much})"


def _farther(interval: Interval) -> float:
    return max(abs(interval.low), abs(interval.high))


def _in_proportion(a: Interval, steps: Mapping[int, float]) -> str:
    """The fixed cost as a share of a step: '40 % of its step at batch 32, 3 % at 512'."""
    high = max(steps)
    usual = USUAL if USUAL in steps and high > USUAL else min(steps)
    return (
        f"{share(a.estimate / steps[usual])} of its step at batch {usual}, {share(a.estimate / steps[high])} at {high}"
    )
