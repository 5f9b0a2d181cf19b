"""Split a ladder's gap into causes: a bar per change, and one for the interaction of changes.

Each change k is met twice: forward, before the later changes are made (f), and backward, after them
(g). Both the sum of all f and the sum of all g equal the gap. Where f and g do not differ
measurably, the change's bar is their mean, which is its Shapley value over these two orders
(Shapley 1953; Castro, Gomez and Tejada 2009 sample orders the same way). Where they differ, the bar
is what both orders grant it (the smaller of the two, 0 where their signs differ), and the rest
belongs to the interaction. Taking the smaller one everywhere would turn noise into interaction: of
two noisy figures the smaller is too small.

So a bar is a weighted sum of the states' times, the interaction is the remainder, and all of them
add up to the gap. A change is measurable when its interval leaves out 0 and its size exceeds two
figures: what one of the ladder's bars may reach by chance (`Levels.by_chance`), and the difference
of the start from its own copy, if a copy was raced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lenet import requests
from lenet.analysis.intervals import NAN, Interval, leaves_out_zero
from lenet.analysis.report import Report
from lenet.analysis.why import label_times, ladder_steps
from lenet.analysis.why.label_times import Levels
from lenet.analysis.why.ladder_steps import Step
from lenet.catalog import Entry, Ladder
from lenet.records import Run

INTERACTION = "Interaction"
NOTHING = Interval(NAN, NAN, NAN, 0, 0)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Bar:
    """The worth of one change, in us per batch; below 0 if it makes the program slower."""

    title: str
    kind: str
    """change or interaction"""
    changes: tuple[int, ...]
    """Places in `ladder.changes`, from 0. A change has one, or more where changes could not be told
    apart; the interaction has those whose effect depends on others."""
    before: str
    after: str
    """The entries without and with the change on the forward walk; '' for the interaction."""
    effect: Interval
    forward: Interval | None
    backward: Interval | None
    """The change's worth before and after the later changes; None for a walk that was not made, and
    for the interaction."""
    measurable: bool
    share: Interval = NOTHING
    """The effect as a share of the gap; NaN where there is no measurable gap."""


@dataclass(frozen=True)
class Climb:
    """A ladder's result, in us per batch.

    `bars` is empty, and slow, fast and gap are NaN, when the ends of the ladder have no figures.
    """

    ladder: Ladder
    slow: Interval
    """The time of the start, in us per batch; `fast`: that of the end; `gap`: their difference."""
    fast: Interval
    gap: Interval
    bars: tuple[Bar, ...]
    """In the order of the walk, the interaction last if both ways were walked. The estimates add up
    to the gap."""
    floor: Interval | None
    """How much slower the start was than its own copy; None when no copy was raced."""
    named: Interval
    """The share of the gap in all changes, measurable or not: all but the interaction. Counting only
    those that are measurable would reward luck. NaN where there is no measurable gap, or only one
    walk, whose changes add up to all of it."""
    together: tuple[Interval, Interval] | None
    """The worth in us of the interaction and the changes that depend on others, and its share of the
    gap; None where the interaction is not measurable."""
    missing: tuple[str, ...]
    """A sentence for each state without figures, with the reason."""


def build(report: Report, ladder: Ladder) -> Climb:
    """The climb of a ladder from the report of its experiment."""
    return over_sessions([report], ladder)


def over_sessions(reports: Sequence[Report], ladder: Ladder) -> Climb:
    """The climb of a ladder that was raced in several sessions, by the states that all of them know.

    Intervals then cover sessions: the rounds of a figure are its sessions.
    """
    copy = _copy(ladder)
    copies = [copy] if all(copy in set(report.runs["label"]) for report in reports) else []
    told = [ladder_steps.known(report, [*ladder.entries, *copies], (ladder.start, ladder.end)) for report in reports]
    known = set.intersection(*(states for states, _ in told))
    missing = tuple(dict.fromkeys(sentence for _, sentences in told for sentence in sentences))
    steps = ladder_steps.steps(ladder, known)
    used = dict.fromkeys([*(state for step in steps for state in step.states), *known.intersection(copies)])
    levels = _levels(reports, list(used)) if steps else None
    if levels is None:
        return Climb(ladder, NOTHING, NOTHING, NOTHING, (), None, NOTHING, None, missing)
    return _climb(ladder, steps, levels, missing)


def _levels(reports: Sequence[Report], labels: Sequence[str]) -> Levels | None:
    found = [label_times.build(report, labels) for report in reports]
    known = [levels for levels in found if levels is not None]
    if len(known) < len(reports):
        return None
    return known[0] if len(known) == 1 else label_times.over_sessions(known)


def of_experiment(report: Report, runs: Sequence[Run]) -> Climb:
    """The result of an experiment of the instrument `ladder`."""
    return build(report, requests.ladder_of(report.experiment))


def _copy(ladder: Ladder) -> str:
    return str(Entry.parse(ladder.start).nth(2))


def _climb(ladder: Ladder, steps: Sequence[Step], levels: Levels, missing: tuple[str, ...]) -> Climb:
    slow, fast = levels.unit(ladder.start), levels.unit(ladder.end)
    copied = _copy(ladder) in levels.labels
    floor = levels.sum(slow - levels.unit(_copy(ladder))) if copied else None
    judge = _Judge(levels, len(steps), abs(floor.estimate) if floor else 0.0)
    weights = [_weights(step, judge) for step in steps]
    whole = slow - fast
    rest = whole - np.sum(weights, axis=0)
    both = steps[0].undone is not None
    parts = [*weights, rest] if both else weights
    bars = tuple(
        replace(bar, share=levels.share(own, whole))
        for bar, own in zip(_bars(steps, weights, rest, judge), parts, strict=True)
    )
    named = levels.share(whole - rest, whole) if both else NOTHING
    together = None
    if bars[-1].kind != "change" and bars[-1].measurable:
        depend = _together(steps, weights, rest, judge)
        together = levels.sum(depend), levels.share(depend, whole)
    gap = levels.sum(whole)
    return Climb(ladder, levels.sum(slow), levels.sum(fast), gap, bars, floor, named, together, missing)


@dataclass(frozen=True)
class _Judge:
    """The judge of a ladder's bars. floor: the difference of the start from its own copy, in us."""

    levels: Levels
    tests: int
    floor: float

    def least(self, weights: Floats) -> float:
        """The size in us that a sum must exceed to be measurable."""
        return max(self.floor, self.levels.by_chance(weights, self.tests))

    def measurable(self, weights: Floats) -> bool:
        effect = self.levels.sum(weights)
        return leaves_out_zero(effect) and abs(effect.estimate) > self.least(weights)


def _bars(steps: Sequence[Step], weights: Sequence[Floats], rest: Floats, judge: _Judge) -> tuple[Bar, ...]:
    """The bars of the changes with these weights, and of the interaction with weights `rest`."""
    bars = [_bar(step, own, judge) for step, own in zip(steps, weights, strict=True)]
    if steps[0].undone is not None:
        depend = tuple(number for step in steps if _depends(step, judge) for number in step.changes)
        bars.append(_interaction(rest, depend, judge))
    return tuple(bars)


def _together(steps: Sequence[Step], weights: Sequence[Floats], rest: Floats, judge: _Judge) -> Floats:
    """The weights of the changes that depend on each other, with their interaction."""
    depend = [own for step, own in zip(steps, weights, strict=True) if _depends(step, judge)]
    return np.asarray(rest + np.sum(depend, axis=0))


def _depends(step: Step, judge: _Judge) -> bool:
    """Whether the change has another worth once the later changes are made."""
    backward = step.backward(judge.levels)
    return backward is not None and judge.measurable(step.forward(judge.levels) - backward)


def _weights(step: Step, judge: _Judge) -> Floats:
    """The bar's weights (labels,) of the states' times; 0 where the orders disagree on its sign."""
    forward, backward = step.forward(judge.levels), step.backward(judge.levels)
    if backward is None:
        return forward
    if not _depends(step, judge):
        return (forward + backward) / 2
    f, g = (judge.levels.sum(weights).estimate for weights in (forward, backward))
    if f * g <= 0:
        return np.zeros_like(forward)
    return forward if abs(f) < abs(g) else backward


def _bar(step: Step, weights: Floats, judge: _Judge) -> Bar:
    forward, backward = step.forward(judge.levels), step.backward(judge.levels)
    return Bar(
        step.title,
        "change",
        step.changes,
        step.before,
        step.after,
        judge.levels.sum(weights) if np.any(weights) else _none_in_common(forward, backward, judge),
        judge.levels.sum(forward),
        None if backward is None else judge.levels.sum(backward),
        judge.measurable(weights),
    )


def _none_in_common(forward: Floats, backward: Floats | None, judge: _Judge) -> Interval:
    """0, with the interval of the smaller of the two effects.

    If that effect were truly above 0, it would be common to both orders.
    """
    both = [judge.levels.sum(weights) for weights in (forward, backward) if weights is not None]
    smaller = min(both, key=lambda effect: abs(effect.estimate))
    reach = smaller.high - smaller.estimate
    return Interval(0.0, -reach, reach, smaller.rounds, smaller.slices)


def _interaction(weights: Floats, depend: tuple[int, ...], judge: _Judge) -> Bar:
    remainder = judge.levels.sum(weights)
    effect = remainder if depend else Interval(0.0, NAN, NAN, remainder.rounds, remainder.slices)
    measurable = bool(depend) and judge.measurable(weights)
    return Bar(INTERACTION, "interaction", depend, "", "", effect, None, None, measurable)
