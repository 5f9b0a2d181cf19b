"""What a race goes on for: nothing but its rounds, a precision, or lines to decide, once or twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from lenet.analysis import confirmation, decision, precision
from lenet.analysis.decision import Question
from lenet.analysis.precision import Widest
from lenet.analysis.verdict import Pair, Slices
from lenet.bench import plan_words
from lenet.settings import Settings


class Goal(Protocol):
    """What is to be known before a race may end."""

    @property
    def confirms(self) -> bool:
        """Whether the next round is to confirm what others have decided."""

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
        return Confirmation(settings) if settings.confirm else Decision(settings)
    return Precision(settings) if settings.precision else Rounds()


class Rounds:
    """No goal: exactly the rounds asked for."""

    reached = True
    confirms = False

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

    confirms = False

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

    confirms = False

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.most = decision.most_rounds(settings)
        self.rounds = 0
        self.pairs: dict[frozenset[str], Pair] = {}
        self.open: list[Question] = []

    def look(self, slices: Mapping[str, Slices], rounds: int) -> None:
        """Find what is not decided."""
        self.rounds, self.pairs = rounds, decision.pairs(slices, self.settings, rounds)
        self.open = self._open()

    def _open(self) -> list[Question]:
        return decision.questions(self.pairs, self.settings.lines)

    @property
    def reached(self) -> bool:
        """Whether nothing is open, or no round is left that may look."""
        return self.rounds > 0 and (not self.open or self.rounds >= self.most)

    def needed(self) -> int:
        """The rounds after which all is expected to be decided."""
        ahead = (decision.needed(question, self.most) for question in self.open)
        return min(max(ahead, default=0 if self.rounds else decision.FIRST), self.most)

    def standing(self, rounds: int) -> str:
        """What is open."""
        return plan_words.undecided(self.open)

    def conclusion(self) -> str:
        """What was decided."""
        return plan_words.decided(self.open, len(self.pairs), self.rounds, self.settings)


class Again(Decision):
    """What a first race has decided is to be decided once more, by fresh rounds alone."""

    def __init__(self, first: Decision) -> None:
        super().__init__(first.settings)
        self.first = first

    def _open(self) -> list[Question]:
        return confirmation.unconfirmed(self.first.pairs, self.pairs, self.settings.lines)


class Confirmation:
    """A first race is to decide, and a second one, if there is anything to confirm, the same again."""

    def __init__(self, settings: Settings) -> None:
        self.first = Decision(settings)
        self.second: Again | None = None

    @property
    def confirms(self) -> bool:
        """Whether the first race is over."""
        return self.second is not None

    def look(self, slices: Mapping[str, Slices], rounds: int) -> None:
        """Look as the race does that goes on, at its own rounds."""
        if self.second is None:
            self.first.look(slices, rounds)
            if self.first.reached and len(self.first.open) < self._asked():
                self.second = Again(self.first)
        else:
            fresh = range(self.first.rounds + 1, rounds + 1)
            own = {label: confirmation.only(of_label, fresh) for label, of_label in slices.items()}
            self.second.look(own, len(fresh))

    def _asked(self) -> int:
        return len(self.first.pairs) * len(decision.cuts(self.first.settings.lines))

    @property
    def reached(self) -> bool:
        """Whether both races are over."""
        return self.first.reached if self.second is None else self.second.reached

    def needed(self) -> int:
        """The rounds of both; a second race that has not begun is expected to take as many."""
        if self.second is None:
            return 2 * self.first.needed() if not self.first.reached else self.first.rounds
        return self.first.rounds + max(self.second.needed(), self.second.rounds or self.first.rounds)

    def standing(self, rounds: int) -> str:
        """What is open, and in which race."""
        if self.second is None:
            return self.first.standing(rounds)
        return plan_words.confirming(self.second.open, self.first.rounds)

    def conclusion(self) -> str:
        """What was decided, and whether twice."""
        said = self.first.conclusion()
        if self.second is None:
            return said
        return f"{said} {plan_words.confirmed(self.second.open, self.second.rounds)}"
