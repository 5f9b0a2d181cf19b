"""Work out each label's time per batch, round by round, and intervals of sums of these times.

All labels of a round take turns, so their slices with the same number are neighbours in time: the
machine influenced all of them alike. So the time of a label is the trimmed mean over its slices
after each slice has been divided by the speed of the machine at its number, relative to the round's (a
median polish, Tukey 1977). Simulated with a machine whose speed wanders by 20 % within a round, the
intervals of a ladder's bars stay as wide as on a quiet machine, and would be a quarter wider
without it; where the speed does not wander, that costs 2 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from lenet.analysis import estimator
from lenet.analysis.intervals import NAN, Interval, around, leaves_out_zero, student
from lenet.analysis.report import Report

RESAMPLES = 300
FINEST, WIDEST, HALVINGS = 0.001, 1000.0, 12
"""A share's end is sought from a tenth of a per cent on, doubling; then the last step is halved so
often."""
ERROR = 0.05

Floats = npt.NDArray[np.float64]
Slices = dict[str, Floats]
"""For one round: label -> mean batch time of each of its slices in us (n,)."""


@dataclass(frozen=True)
class Levels:
    """Times of `labels` in us per batch, and of any weighted sum of them."""

    labels: tuple[str, ...]
    times: Floats
    """(rounds, labels)."""
    within: Floats
    """(rounds, labels, labels): the covariance of a round's times by its slices alone."""
    slices: int
    """The number of slices over all rounds."""

    def unit(self, label: str) -> Floats:
        """The weights (labels,) that pick one label's time."""
        return np.asarray(np.eye(len(self.labels))[self.labels.index(label)])

    def sum(self, weights: Floats) -> Interval:
        """The weighted sum of the labels' times in us, weights (labels,), with its 95 % interval;
        see `intervals`."""
        within = np.einsum("a,rab,b->r", weights, self.within, weights).mean()
        return around(self.times @ weights, max(float(within), 0.0), self.slices)

    def share(self, weights: Floats, whole: Floats) -> Interval:
        """What part of the sum with weights `whole` (labels,) the sum with `weights` is, with its
        95 % interval; NaN where the whole may be 0.

        The interval holds every share s for which the sum less s times the whole may be 0 (Fieller
        1940), so it knows that both are measured, and in the same rounds.
        """
        if not leaves_out_zero(self.sum(whole)):
            return Interval(NAN, NAN, NAN, 0, 0)
        part, all_ = self.sum(weights), self.sum(whole)
        share = part.estimate / all_.estimate
        ends = [self._farthest(weights, whole, share, side) for side in (-1.0, 1.0)]
        return Interval(share, ends[0], ends[1], part.rounds, part.slices)

    def _farthest(self, weights: Floats, whole: Floats, share: float, side: float) -> float:
        """The end, on that side of `share`, of the shares that may be the true one."""
        step = FINEST
        while not leaves_out_zero(self.sum(weights - (share + side * step) * whole)) and step < WIDEST:
            step *= 2
        inside, outside = step / 2, step
        for _ in range(HALVINGS):
            middle = (inside + outside) / 2
            if leaves_out_zero(self.sum(weights - (share + side * middle) * whole)):
                outside = middle
            else:
                inside = middle
        return share + side * outside

    def by_chance(self, weights: Floats, tests: int) -> float:
        """The size in us that one of `tests` sums exceeds by chance in one of 20 experiments.

        Judged by its own interval, one of 20 sums that are really 0 would pass as an effect, so
        many ladders would show one. Student's t for 5 % divided by the tests (Bonferroni), with the
        few degrees of freedom of a few rounds, would hide most real effects. So the scatter between
        processes is pooled over all labels, as a share of their times. 0 for a single round, which
        has no such scatter.
        """
        rounds, labels = self.times.shape
        degrees = (rounds - 1) * (labels - 1)
        if not degrees:
            return 0.0
        deviation = self._lottery * float(np.sqrt(np.sum((weights * self.times.mean(axis=0)) ** 2) / rounds))
        return student(degrees, 1 - ERROR / tests / 2) * deviation

    @cached_property
    def _lottery(self) -> float:
        """The standard deviation of a process's time as a share, without effects of the round."""
        logs = np.log(self.times)
        rest = logs - logs.mean(axis=0) - logs.mean(axis=1, keepdims=True) + logs.mean()
        rounds, labels = logs.shape
        return float(np.sqrt(np.sum(rest**2) / ((rounds - 1) * (labels - 1))))


def build(report: Report, labels: Sequence[str]) -> Levels | None:
    """The levels of `labels` from the rounds in which all of them finished; None without one."""
    rounds = complete(report, labels)
    if not rounds:
        return None
    levels = [_levels(slices) for slices in rounds]
    return Levels(
        tuple(labels),
        np.array([times for times, _ in levels]),
        np.array([within for _, within in levels]),
        sum(_shared(slices) for slices in rounds),
    )


def over_sessions(sessions: Sequence[Levels]) -> Levels:
    """The levels of the same labels over sessions: a session takes the place of a round.

    Its times are the means of its rounds, put on the sessions' common speed: by how much a whole hour
    was slower is in all labels alike, and would be in every sum of them. How surely a session knows
    its times follows from how far its rounds lie apart, or from the slices of the only one.
    """
    pace = paces([np.log(levels.times.mean(axis=0)) for levels in sessions])
    return Levels(
        sessions[0].labels,
        np.array([levels.times.mean(axis=0) for levels in sessions]) / pace[:, None],
        np.array([_of_mean(levels) for levels in sessions]) / pace[:, None, None] ** 2,
        sum(len(levels.times) for levels in sessions),
    )


def paces(sessions: Sequence[Floats]) -> Floats:
    """How many times as long everything took in each session (sessions,) as in their geometric mean.

    sessions: the logarithms of each session's times (labels,), all of the same labels.
    """
    logs = np.array([times.mean() if len(times) else 0.0 for times in sessions])
    return np.asarray(np.exp(logs - logs.mean()))


def _of_mean(levels: Levels) -> Floats:
    """The covariance (labels, labels) of a session's mean times."""
    rounds = len(levels.times)
    if rounds < 2:
        return np.asarray(levels.within[0])
    return np.asarray(np.cov(levels.times, rowvar=False).reshape(levels.within.shape[1:]) / rounds)


def complete(report: Report, labels: Sequence[str]) -> list[Slices]:
    """The slices of each round in which all of `labels` finished with a steady batch, in order."""
    finished = report.runs.loc[report.runs["status"] == "finished", "run_id"]
    steady = report.batches[report.batches["run_id"].isin(finished) & report.batches["label"].isin(labels)]
    rounds = [_slices(runs) for _, runs in steady.groupby("round")]
    return [{label: slices[label] for label in labels} for slices in rounds if len(slices) == len(set(labels))]


def _slices(runs: pd.DataFrame) -> Slices:
    means = 1000 * runs.groupby(["label", "slice"], sort=True)["ms"].mean()
    by_label = means.groupby(level="label", sort=False)
    return {str(label): figures.to_numpy(dtype=float) for label, figures in by_label}


def _shared(slices: Slices) -> int:
    return min(len(figures) for figures in slices.values())


def _levels(slices: Slices) -> tuple[Floats, Floats]:
    """Times (labels,) in a round, and their covariance by its slices (labels, labels).

    A slice that only some labels have (a run may end with a short one) is left out.
    """
    count = _shared(slices)
    table = np.array([figures[:count] for figures in slices.values()]).T
    speed = _speed(table)
    steady = table / speed[:, None]
    chosen = _resamples(count)
    drawn = estimator.figure(steady[chosen], axis=1) * estimator.figure(speed[chosen])[:, None]
    correction = count / (count - 1) if count > 1 else 0.0
    within = np.cov(drawn, rowvar=False, ddof=0).reshape(table.shape[1], -1) * correction
    return estimator.figure(steady, axis=0), within


def _speed(table: Floats) -> Floats:
    """The slowness of the machine at each slice, from (slices, labels) to (slices,), median 1."""
    speed = np.median(table / estimator.figure(table, axis=0), axis=1)
    return np.asarray(speed / estimator.figure(speed))


@lru_cache(maxsize=16)
def _resamples(count: int) -> npt.NDArray[np.int64]:
    """(RESAMPLES, count) numbers of slices, drawn with replacement; the same for all labels and
    every time."""
    return np.random.default_rng((estimator.SEED, count)).integers(0, count, (RESAMPLES, count), dtype=np.int64)
