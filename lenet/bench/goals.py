"""What a race goes on for: nothing but its rounds, a precision, or lines to decide."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

from lenet.analysis import decision, precision
from lenet.analysis.decision import Question
from lenet.analysis.precision import Widest
from lenet.analysis.verdict import Slices
from lenet.bench import plan_words
from lenet.settings import Settings


class Goal(Protocol):
    """What is to be known before a race may end."""

    def look(self, slices: Mapping[str, Slices], rounds: int) -> None:
        """Look at what is known after so many rounds. slices: by label, of those that are compared."""

    @property
    def reached(self) -> bool:
        """Whether all is known, or nothing will ever be."""

    def needed(self) -> int:
        """After how many rounds in all it is expected to be reached."""

    def standing(self, rounds: int) -> str:
        """How far the race is, in a sentence; '' while there is nothing to say. rounds: that it is
        expected to have in all."""

    def conclusion(self) -> str:
        """What has become of the goal at the end, in a sentence; '' for none."""


def of(settings: Settings) -> Goal:
    """The goal of a race with these settings."""
    if settings.decide:
        return Decision(settings)
    return Precision(settings) if settings.precision else Rounds()


class Rounds:
    """No goal: exactly the rounds asked for."""

    reached = True

    def look(self, slices: Mapping[str, Slices], rounds: int) -> None:
        """Nothing is looked for."""

    def needed(self) -> int:
        """Nothing needs rounds."""
        return 0

    def standing(self, rounds: int) -> str:
        """Nothing."""
        return ""

    def conclusion(self) -> str:
        """Nothing."""
        return ""


class Precision:
    """Every ratio is to be known to so many percent."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.widest: Widest | None = None

    def look(self, slices: Mapping[str, Slices], rounds: int) -> None:
        """Find the ratio that is known least."""
        self.widest = precision.widest(slices)

    @property
    def reached(self) -> bool:
        """Whether it is precise enough; nothing is where there is no ratio."""
        return self.widest is None or self.widest.share <= self.settings.precision

    def needed(self) -> int:
        """The rounds that its precision is expected to take."""
        return precision.needed(self.widest, self.settings.precision) if self.widest else 0

    def standing(self, rounds: int) -> str:
        """How precise the race is, and what it will be if its budget ends it."""
        short = self.widest is not None and not self.reached and self.needed() > rounds
        end = precision.after(self.widest, max(rounds, 2)) if self.widest and short else None
        return plan_words.standing(self.widest, self.settings, end)

    def conclusion(self) -> str:
        """How precise it became."""
        return plan_words.conclusion(self.widest, self.settings)


class Decision:
    """Every ratio is to lie on one side of each line."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.rounds = self.pairs = 0
        self.open: list[Question] = []

    def look(self, slices: Mapping[str, Slices], rounds: int) -> None:
        """Find what is not decided."""
        self.rounds, self.pairs = rounds, math.comb(len(slices), 2)
        self.open = decision.questions(slices, self.settings, rounds)

    @property
    def reached(self) -> bool:
        """Whether nothing is open, or no round is left that may look."""
        return self.rounds > 0 and (not self.open or self.rounds >= self.settings.most_rounds)

    def needed(self) -> int:
        """The rounds after which all is expected to be decided."""
        most = self.settings.most_rounds
        ahead = (decision.needed(question, most) for question in self.open)
        return min(max(ahead, default=0 if self.rounds else decision.FIRST), most)

    def standing(self, rounds: int) -> str:
        """What is open, and how many rounds it is expected to take."""
        return plan_words.undecided(self.open, self.settings)

    def conclusion(self) -> str:
        """What was decided."""
        return plan_words.decided(self.open, self.pairs, self.rounds, self.settings)
