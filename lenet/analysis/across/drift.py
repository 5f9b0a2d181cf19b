"""How far a program's time moves from one experiment to the next where nothing that is recorded
changed.

Rounds of one experiment follow each other within minutes and share the machine's mood of that hour,
so their scatter says nothing about it; nor does the noise floor, which is what remains within a
race. Only experiments of other hours do: of each program that was timed in several, the scatter of
its times (on logarithms, pooled over programs). Two experiments that are compared have each its own
deviation, hence the root of two.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lenet.analysis.intervals import student
from lenet.records import Figure

ENOUGH = 4
"""With so many degrees of freedom of its own a program needs no others to say how far it moves."""

Known = Callable[[str], Iterable[Figure]]
"""By the key of a circumstance, the figures of all experiments that were timed under it."""
Program = tuple[str, str, tuple[tuple[str, str], ...]]
Times = dict[int, list[float]]
"""Experiment -> the logarithm of each time of one program in it: a race against itself times it
twice."""


@dataclass(frozen=True)
class Drift:
    """The deviation of a logarithmic time between experiments, from so many of them in so long a
    time."""

    deviation: float
    degrees: int
    experiments: int
    first: datetime
    last: datetime

    @property
    def reach(self) -> float:
        """How far two experiments of one program are apart at most in 95 % of cases, on
        logarithms."""
        return student(self.degrees) * self.deviation * math.sqrt(2)


def nothing_known(key: str) -> Iterable[Figure]:
    """No figures of other experiments."""
    return ()


def program(figure: Figure) -> Program:
    """The key of a figure's program: two figures with equal keys are of one program, as far as
    figures tell."""
    return figure.variant, figure.stack, tuple(sorted(figure.versions.items()))


def measure(figures: Iterable[Figure], compared: Sequence[Figure]) -> Drift | None:
    """The drift by `figures` of one circumstance, without the experiments of `compared`; None where
    nothing tells.

    The programs of `compared` tell alone where they were timed often enough, else all programs do.
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
    found: dict[Program, Times] = {}
    for figure in figures:
        times = found.setdefault(program(figure), {})
        times.setdefault(figure.experiment_id, []).append(math.log(figure.batch_ms))
    return {name: times for name, times in found.items() if len(times) > 1}


def _deviation(programs: Sequence[Times]) -> float:
    squares = 0.0
    for times in programs:
        means = [sum(logs) / len(logs) for logs in times.values()]
        middle = sum(means) / len(means)
        squares += sum((mean - middle) ** 2 for mean in means)
    return math.sqrt(squares / sum(len(times) - 1 for times in programs))


def _degrees(programs: Sequence[Times]) -> int:
    """Experiments less one for each set of programs that have none in common with the others.

    Ten programs of one race all share its hour: they say no more about drift between hours than one
    of them.
    """
    groups: list[set[int]] = []
    for times in programs:
        touching = [group for group in groups if group & times.keys()]
        groups = [group for group in groups if group not in touching] + [set(times).union(*touching)]
    return sum(map(len, groups)) - len(groups)
