"""Choose the steps of a ladder that have figures: a state without figures joins its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lenet import catalog
from lenet.analysis.report import Report
from lenet.analysis.why.label_times import Levels
from lenet.analysis.words import listed
from lenet.catalog import Ladder

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """One change, or neighbouring changes that cannot be told apart, and the states around them.

    changes: places in `ladder.changes`, from 0.
    """

    title: str
    changes: tuple[int, ...]
    before: str
    after: str
    undone: tuple[str, str] | None
    """On the backward walk, the state without the change and the one that has it again; None where
    that walk was not made."""

    @property
    def states(self) -> tuple[str, ...]:
        """The entries that the step's figures come from."""
        return (self.before, self.after, *(self.undone or ()))

    def forward(self, levels: Levels) -> Floats:
        """Weights of the states' times in the step's effect before the later changes are made."""
        return levels.unit(self.before) - levels.unit(self.after)

    def backward(self, levels: Levels) -> Floats | None:
        """Weights of the states' times in its effect after the later changes; None if unknown."""
        if self.undone is None:
            return None
        without, again = self.undone
        return levels.unit(again) - levels.unit(without)


def steps(ladder: Ladder, known: set[str]) -> list[Step]:
    """The steps between the states that are `known`; empty unless these include both ends.

    A border between two changes needs its state on each walk.
    """
    forward, backward = ladder.forward(), ladder.backward()
    if not {ladder.start, ladder.end} <= known:
        return []
    walks = [walk for walk in (forward, backward) if walk]
    borders = [k for k in range(len(forward)) if all(walk[k] in known for walk in walks)]
    return [_step(ladder, low, high) for low, high in zip(borders, borders[1:], strict=False)]


def _step(ladder: Ladder, low: int, high: int) -> Step:
    forward, backward = ladder.forward(), ladder.backward()
    titles = [change.title for change in ladder.changes[low:high]]
    undone = (backward[low], backward[high]) if backward else None
    return Step(together(titles), tuple(range(low, high)), forward[low], forward[high], undone)


def together(titles: Sequence[str]) -> str:
    """'A'; 'A and B together'; 'A, B and C together'."""
    return titles[0] if len(titles) == 1 else f"{listed(titles)} together"


def known(report: Report, entries: Iterable[str], ends: Sequence[str] = ()) -> tuple[set[str], list[str]]:
    """The entries that have figures to build on, and for each other one a sentence with the reason.

    All figures come from the rounds that every one of these entries finished. An entry that
    finished so few rounds that less than half of them would be left is dropped, unless it is one of
    the `ends`: it must not cost the others their rounds.
    """
    wanted = list(dict.fromkeys(entries))
    missing = [report.hindrances[entry] for entry in wanted if entry in report.hindrances]
    finished = {entry: _rounds(report, entry) for entry in wanted if entry not in report.hindrances}
    enough = max((len(rounds) for rounds in finished.values()), default=0) / 2
    while spare := [entry for entry in finished if entry not in ends]:
        if len(set.intersection(*finished.values())) >= enough:
            break
        fewest = min(spare, key=lambda entry: len(finished[entry]))
        rounds = len(finished.pop(fewest))
        missing.append(f"{catalog.title(fewest)} finished in only {rounds} of the rounds, so its time is not compared.")
    return set(finished), missing


def _rounds(report: Report, label: str) -> set[int]:
    """The rounds that a label finished with a steady batch."""
    runs = report.runs
    mine = runs[(runs["label"] == label) & (runs["status"] == "finished") & (runs["steady_batches"] > 0)]
    return {int(number) for number in mine["round"]}
