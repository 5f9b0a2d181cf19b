"""The overhead law: a batch of B images takes t(B) = a + b*B, a fixed cost per batch and a cost per image.

Two variants with the same b and another a differ by overhead, not by compute. The line is fitted in each round and the
interval goes over the rounds' figures, as everywhere; differences are made round by round. Where times lie off the
line, for sure and by more than 3 %, no line is drawn through them: the law is given for the batch sizes over which it
holds, and it is said where it ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from lenet.analysis import holes, law_words, straight
from lenet.analysis.intervals import NAN, Interval, around, median_variance
from lenet.analysis.levels import Slices, complete
from lenet.analysis.report import Report
from lenet.analysis.straight import Line, Points

PER_BATCH, PER_IMAGE = np.array([1.0, 0.0]), np.array([0.0, 1.0])
NOTHING = Interval(NAN, NAN, NAN, 0, 0)
GRID = 60
"""Batch sizes at which a line is drawn, evenly spaced on a logarithmic axis."""


@dataclass(frozen=True)
class Fit:
    """The law of one variant. a in us per batch, b in us per image; NaN where it does not hold."""

    variant: str
    a: Interval
    b: Interval
    holds: bool
    """Over FEWEST batch sizes or more."""
    smallest: int
    largest: int
    """The batch sizes between which it holds; both 0 where it does not."""
    reason: str
    """Where it does not hold, and what was found there; '' where it holds at every size."""


@dataclass(frozen=True)
class Contrast:
    """Two variants by their laws: what `slow` takes more than `fast`, per batch and per image, in us."""

    slow: str
    fast: str
    a: Interval
    b: Interval
    sentence: str


@dataclass(frozen=True)
class Law:
    """What a law experiment says."""

    points: pd.DataFrame
    """variant, batch_size, ms, low, high; off: how far above its variant's line, as a share."""
    lines: pd.DataFrame
    """variant, batch_size, ms, low, high: the fitted lines with their bands, where they hold."""
    fits: Mapping[str, Fit]
    contrasts: tuple[Contrast, ...]
    sentences: tuple[str, ...]
    missing: tuple[str, ...]


def build(report: Report, plan: Mapping[str, Any]) -> Law:
    """The law from the report of its experiment. plan: variants and batch_sizes, as `instruments.law_request` has."""
    known, missing = holes.known(report, (str(label) for label in report.runs["label"]))
    rounds = complete(report, sorted(known)) if known else []
    points = {variant: _points(variant, rounds) for variant in dict.fromkeys(plan["variants"])}
    held = {variant: straight.holding(found) for variant, found in points.items()}
    lines = {v: straight.through(points[v].between(*ends)) for v, ends in held.items() if ends is not None}
    fits = {v: _fit(v, points[v], held[v], lines.get(v)) for v in points}
    contrasts = tuple(_contrast(fits, lines, a, b) for a, b in combinations(lines, 2) if _overlap(fits[a], fits[b]))
    said = [c.sentence for c in contrasts] + [law_words.of_fit(fit) for fit in fits.values()]
    drawn = [_drawn(fits[v], line) for v, line in lines.items()]
    return Law(
        pd.concat([_table(v, points[v], lines.get(v)) for v in points], ignore_index=True),
        pd.concat(drawn, ignore_index=True) if drawn else pd.DataFrame(columns=COLUMNS),
        fits,
        contrasts,
        tuple([*said, *missing]),
        tuple(missing),
    )


COLUMNS = ["variant", "batch_size", "ms", "low", "high"]


def size(entry: str, variant: str) -> int:
    """The batch size of a law's entry; 0 when it is not one of `variant`'s."""
    name, _, rest = entry.partition("+batch_size=")
    return int(rest.partition("+")[0]) if name == variant and rest else 0


def _points(variant: str, rounds: Sequence[Slices]) -> Points:
    entries = {size(entry, variant): entry for entry in (rounds[0] if rounds else ())}
    sizes = sorted(set(entries) - {0})
    figures = [[slices[entries[number]] for number in sizes] for slices in rounds]
    shape = (len(rounds), len(sizes))
    times = np.array([[np.median(one) for one in row] for row in figures]).reshape(shape)
    deviations = np.sqrt(np.array([[median_variance(one) for one in row] for row in figures])).reshape(shape)
    return Points(np.array(sizes, dtype=float), times, deviations, sum(len(one) for row in figures for one in row))


def _fit(variant: str, points: Points, held: tuple[int, int] | None, line: Line | None) -> Fit:
    if held is None or line is None:
        return Fit(variant, NOTHING, NOTHING, False, 0, 0, law_words.never(len(points.sizes)))
    low, high = held
    sizes = [int(number) for number in points.sizes]
    off = {
        n: share
        for n, share in zip(sizes, _above(points, line), strict=True)
        if not sizes[low] <= n < sizes[high - 1] + 1
    }
    reason = law_words.beyond(off)
    return Fit(variant, line.value(PER_BATCH), line.value(PER_IMAGE), True, sizes[low], sizes[high - 1], reason)


def _above(points: Points, line: Line) -> Sequence[float]:
    """How far the mean over rounds lies above the line, per size, as a share of the line."""
    expected = line.rounds[:, :1] + line.rounds[:, 1:] * points.sizes
    return [float(share) for share in (points.times / expected - 1).mean(axis=0)]


def _table(variant: str, points: Points, line: Line | None) -> pd.DataFrame:
    """One row per batch size."""
    rows = []
    for place, number in enumerate(points.sizes):
        within = float((points.deviations[:, place] ** 2).mean())
        found = around(points.times[:, place], within, points.slices)
        rows.append((variant, int(number), found.estimate / 1000, found.low / 1000, found.high / 1000))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(off=_above(points, line) if line else NAN)


def _drawn(fit: Fit, line: Line) -> pd.DataFrame:
    rows = []
    for number in np.geomspace(fit.smallest, fit.largest, GRID):
        found = line.value(np.array([1.0, number]))
        rows.append((fit.variant, float(number), found.estimate / 1000, found.low / 1000, found.high / 1000))
    return pd.DataFrame(rows, columns=COLUMNS)


def _overlap(one: Fit, other: Fit) -> bool:
    return max(one.smallest, other.smallest) < min(one.largest, other.largest)


def _contrast(fits: Mapping[str, Fit], lines: Mapping[str, Line], one: str, other: str) -> Contrast:
    """The pair with the costlier one first: by its fixed cost where that differs, else by its cost per image."""
    less = lines[one].less(lines[other])
    a, b = less.value(PER_BATCH), less.value(PER_IMAGE)
    differs = law_words.differs(a, fits[other].a), law_words.differs(b, fits[other].b)
    decides = b if differs == (False, True) else a
    if decides.estimate < 0:
        one, other, less = other, one, lines[other].less(lines[one])
        a, b = less.value(PER_BATCH), less.value(PER_IMAGE)
    return Contrast(one, other, a, b, law_words.of_pair(fits[one], fits[other], a, b))
