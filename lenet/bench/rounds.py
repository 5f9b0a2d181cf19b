"""Decides how many rounds a race has: those asked for, and more until its goal is reached."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from lenet import catalog
from lenet.analysis.steady import slice_means, steady
from lenet.bench import goals
from lenet.bench.estimate import estimate
from lenet.bench.live import Outlook
from lenet.errors import LeNetError
from lenet.records import Request
from lenet.store import Store

Rows = npt.NDArray[np.void]
Floats = npt.NDArray[np.float64]


class Pace:
    """The rounds of one race. Those asked for are always raced; no round is added that would end
    after the budget.

    clock: returns seconds.
    """

    def __init__(self, request: Request, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self.request = request
        self.settings = request.settings
        self.store = store
        self.goal = goals.of(request.settings)
        self._clock = clock
        self._began = clock()
        self._ends: list[float] = []
        self._guess = 0.0
        self._slices: dict[str, dict[int, Floats]] = {}

    def begin(self) -> None:
        """Begin the first round; the time before it (images, exams) counts towards the budget
        too."""
        with contextlib.suppress(LeNetError):  # a race needs no estimate
            self._guess = estimate(self.store, self.request).seconds
        self._ends = [self._elapsed]

    def keep(self, label: str, round: int, rows: Rows) -> None:
        """Keep the batches of a finished run whose time may enter a ratio."""
        if not self.settings.open_ended:
            return
        means = slice_means(steady(rows, catalog.settings_of(label, self.settings)))
        if len(means):
            self._slices.setdefault(label, {})[round] = means

    def end_round(self) -> None:
        """End a round, whose runs are all kept, and look how far the race is."""
        self._ends.append(self._elapsed)
        self.goal.look(self._slices, self.done)

    @property
    def done(self) -> int:
        """Rounds that are over."""
        return len(self._ends) - 1

    @property
    def confirms(self) -> bool:
        """Whether this round is to confirm what others have decided."""
        return self.goal.confirms

    @property
    def goes_on(self) -> bool:
        """Whether another round follows."""
        return self.done < self.settings.rounds or (not self.goal.reached and self._fitting > 0)

    def counted(self, number: int) -> str:
        """'round 2 of 3', or 'round 2 of about 7' where their number is not settled."""
        rounds = max(self._rounds, number)
        return f"round {number} of {'about ' * (rounds > self.settings.rounds)}{rounds}"

    def outlook(self) -> Outlook:
        """The forecast of the race as it stands now."""
        left = (self._rounds - self.done) * self._round_seconds if self.done else self._guess
        return Outlook(self._rounds, time.time() + left, self.goal.standing(self._rounds))

    def conclusion(self) -> str:
        """What has become of its goal, in a sentence; '' where it had none but its rounds."""
        return self.goal.conclusion()

    @property
    def _rounds(self) -> int:
        """The expected number of rounds in all."""
        if not self.done:
            return max(self.goal.needed(), self.settings.rounds)
        more = self.done if self.goal.reached else min(self.goal.needed(), self.done + self._fitting)
        return max(more, self.settings.rounds)

    @property
    def _fitting(self) -> int:
        """How many more rounds fit into the budget."""
        return max(math.floor((self.settings.budget - self._elapsed) / self._round_seconds), 0)

    @property
    def _elapsed(self) -> float:
        return self._clock() - self._began

    @property
    def _round_seconds(self) -> float:
        """Seconds of the longest round so far.

        The first round starts its processes one at a time, so it counts only while there is no
        other.
        """
        lengths = np.diff(self._ends)
        return float(max(lengths[1:] if len(lengths) > 1 else lengths))
