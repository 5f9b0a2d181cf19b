"""Estimate how far an unchanged program's time moves from one experiment to the next.

The rounds of one experiment follow each other within minutes and share the machine's state of that
hour, so their scatter does not show this movement. Nor does the noise floor, which measures what is
left within one race. Only experiments of other hours show it. So this module takes every program
that was timed in several experiments, and pools the scatter of the logarithms of its times over all
these programs. Each of two compared experiments has a deviation of its own, hence the square root
of two.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lenet.analysis.intervals import student
from lenet.records import Figure

ENOUGH = 4
"""From so many degrees of freedom on, the compared programs alone give the drift."""

Known = Callable[[str], Iterable[Figure]]
"""A function from the key of a circumstance to the figures of every experiment timed under it."""
Program = tuple[str, str, tuple[tuple[str, str], ...]]
Times = dict[int, list[float]]
"""Experiment -> the logarithm of each time of one program in it; a race against itself has two."""


@dataclass(frozen=True)
class Drift:
    """The standard deviation of a program's logarithmic time between experiments."""

    deviation: float
    degrees: int
    experiments: int
    first: datetime
    last: datetime

    @property
    def reach(self) -> float:
        """How far apart two experiments of one program come out in 95 % of cases, in logarithms."""
        return student(self.degrees) * self.deviation * math.sqrt(2)


def nothing_known(key: str) -> Iterable[Figure]:
    """An empty history: no figures of other experiments."""
    return ()


def program(figure: Figure) -> Program:
    """The key of a figure's program: variant, stack and versions."""
    return figure.variant, figure.stack, tuple(sorted(figure.versions.items()))


def measure(figures: Iterable[Figure], compared: Sequence[Figure]) -> Drift | None:
    """The drift from `figures` of one circumstance, leaving out the compared experiments.

    The programs of `compared` decide alone if they were timed often enough; otherwise all programs
    do. Returns None if no program was timed in two experiments.
    """
    mine = {figure.experiment_id for figure in compared}
    others = [figure for figure in figures if figure.experiment_id not in mine and figure.batch_ms > 0]
    every = _by_program(others)
    own = [every[name] for name in dict.fromkeys(map(program, compared)) if name in every]
    chosen = own if _degrees(own) >= ENOUGH else list(every.values())
    if not _degrees(chosen):
        return None
    seen = {experiment for times in chosen for experiment in times}
    when = sorted(figure.created for figure in others if figure.experiment_id in seen)
    return Drift(_deviation(chosen), _degrees(chosen), len(seen), when[0], when[-1])


def _by_program(figures: Iterable[Figure]) -> dict[Program, Times]:
    """The times of each program that was timed in more than one experiment."""
    programs: dict[Program, Times] = {}
    for figure in figures:
        times = programs.setdefault(program(figure), {})
        times.setdefault(figure.experiment_id, []).append(math.log(figure.batch_ms))
    return {name: times for name, times in programs.items() if len(times) > 1}


def _deviation(programs: Sequence[Times]) -> float:
    squares = 0.0
    for times in programs:
        means = [sum(logs) / len(logs) for logs in times.values()]
        middle = sum(means) / len(means)
        squares += sum((mean - middle) ** 2 for mean in means)
    return math.sqrt(squares / sum(len(times) - 1 for times in programs))


def _degrees(programs: Sequence[Times]) -> int:
    """The degrees of freedom: experiments less one, for each group of programs raced together.

    Programs belong to one group when they share an experiment. Ten programs of one race all share
    its hour, so they say no more about drift between hours than one of them.
    """
    groups: list[set[int]] = []
    for times in programs:
        touching = [group for group in groups if group & times.keys()]
        groups = [group for group in groups if group not in touching] + [set(times).union(*touching)]
    return sum(map(len, groups)) - len(groups)
