"""Keep where a run was at which moment, at marks that grow sparser as it goes on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST = 1024


class Marks:
    """The moment at the end of every `width`-th batch, and the seconds trained until then.

    A run of up to MOST batches has a mark for each; a longer one MOST / 2 to MOST in all, and
    between two of them it is taken to go steadily.
    """

    def __init__(self) -> None:
        self.width = 1
        self._rows = 0
        self._ends = np.zeros(1, np.int64)
        self._seconds = np.zeros(1)

    def add(self, ends: Integers, seconds: Floats) -> None:
        """Go on with batches (n,): when each ended in ns, and the seconds trained until then."""
        first = self.width - 1 - self._rows % self.width
        self._rows += len(ends)
        self._ends = np.concatenate([self._ends, ends[first :: self.width]])
        self._seconds = np.concatenate([self._seconds, seconds[first :: self.width]])
        while len(self._ends) > MOST + 1:
            # The first is that of no batch at all.
            self._ends, self._seconds = self._ends[::2], self._seconds[::2]
            self.width *= 2

    def batches_at(self, moment: int) -> int:
        """How many batches had ended by `moment`, in ns of the tape's clock."""
        passed = int(np.searchsorted(self._ends[1:], moment, side="right"))
        if passed == len(self._ends) - 1:
            return passed * self.width
        last, following = self._ends[passed : passed + 2] if passed else (moment, self._ends[1])
        share = (moment - last) / (following - last) if following > last else 0.0
        return int((passed + share) * self.width)

    def near(self, seconds: float, *, after: bool) -> tuple[int, float]:
        """(number of batches, seconds trained) at the last mark before `seconds`, or the first after."""
        side = int(np.searchsorted(self._seconds, seconds, side="right" if after else "left"))
        at = min(side, len(self._seconds) - 1) if after else max(side - 1, 0)
        return at * self.width, float(self._seconds[at])
