"""Fit the overhead law t(B) = a + b*B to batches of B images: a cost per batch and one per image.

Two variants with the same b and different a differ by overhead, not by compute. The line is fitted
in each round, and the interval goes over the rounds' figures, as everywhere. Where times lie off
the line, for sure and by more than 3 %, no line is drawn through them: the law is given for the
batch sizes over which it holds, with a sentence on where it ends.

The difference of two variants is not read off their two lines. These may hold over different sizes,
and they miss the truth by an error that both variants share (another algorithm for small batches,
say). So a line of its own is fitted through the differences of their times, size by size, round by
round, from slices that are neighbours in time. Measured with 5 % planted in everything: the
difference of two lines, of which one held from 16 and the other from 1, gave 12 % per image.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from lenet.analysis import estimator
from lenet.analysis.intervals import NAN, Interval, around
from lenet.analysis.report import Report
from lenet.analysis.verdict import paired
from lenet.analysis.why import ladder_steps, law_words, line_fit
from lenet.analysis.why.label_times import Slices, complete, paces
from lenet.analysis.why.line_fit import Fit, Floats, Line, Points
from lenet.analysis.words import turned
from lenet.catalog import Entry
from lenet.records import Run

PER_BATCH, PER_IMAGE = np.array([1.0, 0.0]), np.array([0.0, 1.0])
NOTHING = Interval(NAN, NAN, NAN, 0, 0)
GRID = 60
"""The number of batch sizes at which a line is drawn, evenly spaced on a logarithmic axis."""


@dataclass(frozen=True)
class Contrast:
    """Two variants: how much more `slow` takes than `fast`, per batch (a) and image (b), in us."""

    slow: str
    fast: str
    a: Interval
    b: Interval
    smallest: int
    largest: int
    """The batch sizes between which their difference is a straight line."""
    sentence: str


@dataclass(frozen=True)
class Law:
    """The result of a law experiment."""

    points: pd.DataFrame
    """variant, batch_size, ms, low, high; off: the height above its variant's line, as a share."""
    lines: pd.DataFrame
    """variant, batch_size, ms, low, high: the fitted lines with their bands, where they hold."""
    fits: Mapping[str, Fit]
    contrasts: tuple[Contrast, ...]
    sentences: tuple[str, ...]
    missing: tuple[str, ...]


def build(report: Report, plan: Mapping[str, Any]) -> Law:
    """The law from the report of its experiment.

    plan: variants and batch_sizes, as `requests.law_request` writes them.
    """
    return over_sessions([report], plan)


def over_sessions(reports: Sequence[Report], plan: Mapping[str, Any]) -> Law:
    """A law that was raced in several sessions, by the entries that all of them know.

    Intervals then cover sessions: the rounds of a figure are its sessions. By how much a whole hour was
    slower is in all times alike, so each session is put on the sessions' common speed first.
    """
    told = [ladder_steps.known(report, (str(label) for label in report.runs["label"])) for report in reports]
    known = set.intersection(*(entries for entries, _ in told))
    missing = tuple(dict.fromkeys(sentence for _, sentences in told for sentence in sentences))
    sessions = [complete(report, sorted(known)) for report in reports] if known else [[] for _ in reports]
    pace = paces([_mean_times(rounds) for rounds in sessions])
    points = {v: _over(sessions, pace, partial(_points, v)) for v in dict.fromkeys(plan["variants"])}
    held = {variant: line_fit.holding(own) for variant, own in points.items()}
    lines = {v: line_fit.through(points[v].between(*ends)) for v, ends in held.items() if ends is not None}
    fits = {v: _fit(v, points[v], held[v], lines.get(v)) for v in points}
    raced = [variant for variant in points if len(points[variant].sizes)]
    pairs = [
        _contrast(fits, points, _over(sessions, pace, partial(_differences, one, other)), one, other)
        for one, other in combinations(raced, 2)
    ]
    contrasts = tuple(pair for pair in pairs if isinstance(pair, Contrast))
    said = [pair.sentence if isinstance(pair, Contrast) else pair for pair in pairs]
    drawn = [_drawn(fits[v], line) for v, line in lines.items()]
    return Law(
        pd.concat([_table(v, points[v], lines.get(v)) for v in points], ignore_index=True),
        pd.concat(drawn, ignore_index=True) if drawn else pd.DataFrame(columns=COLUMNS),
        fits,
        contrasts,
        tuple([*said, *(law_words.of_fit(fit) for fit in fits.values()), *missing]),
        missing,
    )


def _over(sessions: Sequence[Sequence[Slices]], pace: Floats, of: Callable[[Sequence[Slices]], Points]) -> Points:
    """The points of each session, on the sessions' common speed, as one."""
    return line_fit.over_sessions([of(rounds).divided(own) for rounds, own in zip(sessions, pace, strict=True)])


def _mean_times(rounds: Sequence[Slices]) -> Floats:
    """The logarithm of each label's mean time in a session (labels,)."""
    return np.log([np.mean([estimator.figure(slices[label]) for slices in rounds]) for label in (rounds or ({},))[0]])


def of_experiment(report: Report, runs: Sequence[Run]) -> Law:
    """The result of an experiment of the instrument `law`."""
    return build(report, report.experiment.request.plan)


COLUMNS = ["variant", "batch_size", "ms", "low", "high"]


def size(entry: str, variant: str) -> int:
    """The batch size of a law's entry; 0 when the entry is not one of `variant`'s."""
    raced, of = Entry.parse(entry).without_copy, Entry.parse(variant)
    swept = dict(raced.own[len(of.own) :])
    mine = raced == of.having(swept) and next(iter(swept), "") == "batch_size"
    return int(swept["batch_size"]) if mine else 0


def _entries(variant: str, rounds: Sequence[Slices]) -> dict[int, str]:
    """The raced entries of a variant by batch size, smallest first."""
    by_size = {size(label, variant): label for label in (rounds[0] if rounds else ())}
    return {number: by_size[number] for number in sorted(by_size) if number}


def _points(variant: str, rounds: Sequence[Slices]) -> Points:
    entries = _entries(variant, rounds)
    figures = [[slices[label] for label in entries.values()] for slices in rounds]
    times = np.array([[estimator.figure(one) for one in row] for row in figures]).reshape(len(rounds), len(entries))
    deviations = np.sqrt([[estimator.variance(one) for one in row] for row in figures]).reshape(times.shape)
    return Points(
        np.array(list(entries), float), times, times, deviations, sum(len(one) for row in figures for one in row)
    )


def _differences(one: str, other: str, rounds: Sequence[Slices]) -> Points:
    """The extra time of `one` over `other`, at the batch sizes of both.

    As in a race the slices are paired: two slices that are neighbours in time share the machine's
    drift, which cancels in their ratio.
    """
    mine, others = _entries(one, rounds), _entries(other, rounds)
    sizes = [number for number in mine if number in others]
    table = [[_difference(slices[mine[n]], slices[others[n]]) for n in sizes] for slices in rounds]
    values, scale, deviations = np.array(table).reshape(len(rounds), len(sizes), 3).transpose(2, 0, 1)
    shared = sum(len(paired(slices[mine[n]], slices[others[n]])) for slices in rounds for n in sizes)
    return Points(np.array(sizes, float), values, scale, deviations, shared)


def _difference(one: Floats, other: Floats) -> tuple[float, float, float]:
    """The extra time of `one` in a round, the longer of both times, the extra time's deviation."""
    ratios = np.log(paired(one, other))
    time, ratio = float(estimator.figure(other)), math.exp(estimator.figure(ratios))
    return time * (ratio - 1), time * max(ratio, 1.0), time * ratio * math.sqrt(estimator.variance(ratios))


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
    """The height of the rounds' mean above the line, per size, as a share of the line."""
    expected = line.rounds[:, :1] + line.rounds[:, 1:] * points.sizes
    return [float(share) for share in (points.values / expected - 1).mean(axis=0)]


def _table(variant: str, points: Points, line: Line | None) -> pd.DataFrame:
    """One row per batch size."""
    rows = []
    for place, number in enumerate(points.sizes):
        within = float((points.deviations[:, place] ** 2).mean())
        interval = around(points.values[:, place], within, points.slices)
        rows.append((variant, int(number), interval.estimate / 1000, interval.low / 1000, interval.high / 1000))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(off=_above(points, line) if line else NAN)


def _drawn(fit: Fit, line: Line) -> pd.DataFrame:
    rows = []
    for number in np.geomspace(fit.smallest, fit.largest, GRID):
        interval = line.value(np.array([1.0, number]))
        rows.append((fit.variant, float(number), interval.estimate / 1000, interval.low / 1000, interval.high / 1000))
    return pd.DataFrame(rows, columns=COLUMNS)


def _contrast(
    fits: Mapping[str, Fit], points: Mapping[str, Points], differences: Points, one: str, other: str
) -> Contrast | str:
    """The pair, the costlier variant first: by cost per batch if that differs, else per image.

    A sentence instead where their difference is not a straight line.
    """
    ends = line_fit.holding(differences)
    if ends is None:
        return law_words.no_line(one, other, len(differences.sizes))
    held = differences.between(*ends)
    less = line_fit.through(held)
    a, b = less.value(PER_BATCH), less.value(PER_IMAGE)
    whole = _whole(fits[other], points[other])
    decides = b if (law_words.differs(a, whole.a), law_words.differs(b, whole.b)) == (False, True) else a
    if decides.estimate < 0:
        one, other, a, b = other, one, turned(a), turned(b)
        whole = _whole(fits[other], points[other])
    steps = {n: time for n, time in _times(points[one]).items() if held.sizes[0] <= n <= held.sizes[-1]}
    sentence = law_words.of_pair(fits[one], whole, a, b, steps)
    if len(held.sizes) < len(differences.sizes):
        sentence += law_words.between(min(steps), max(steps))
    return Contrast(one, other, a, b, min(steps), max(steps), sentence)


def _times(points: Points) -> dict[int, float]:
    """Mean time of a batch in us at each size."""
    return {int(n): float(time) for n, time in zip(points.sizes, points.values.mean(axis=0), strict=True)}


def _whole(fit: Fit, points: Points) -> Fit:
    """The law that differences are compared with: the fit of a variant if it holds.

    Otherwise the time of its smallest batch, and the time per image of its largest batch.
    """
    if fit.holds:
        return fit
    times = _times(points)
    a, b = times[min(times)], times[max(times)] / max(times)
    return replace(fit, a=Interval(a, a, a, 0, 0), b=Interval(b, b, b, 0, 0))
