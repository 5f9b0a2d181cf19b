"""The facets of settings: each setting declares what it is for, and every list of settings is
derived from that.

A new setting takes its declaration in `lenet/settings.py`, a property in
`lenet/schema/experiment-1.json`, and the variants that heed it. Stored experiments that are older
have its default.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

Instrument = Literal["race", "ladder", "law", "counts", "profile", "noise"]
EVERY: frozenset[Instrument] = frozenset(get_args(Instrument))
TIMED: frozenset[Instrument] = EVERY - {"counts", "profile"}
RACE: frozenset[Instrument] = frozenset({"race"})


@dataclass(frozen=True)
class OnOff:
    """The circumstance of a setting that is off at 0: only on or off tells two circumstances apart,
    in these words."""

    noun: str
    on: str
    off: str

    def words(self, value: Any) -> str:
        """How `value` reads in a line of circumstances."""
        return self.on if value else self.off


TURNS = OnOff("Turns", "in slices", "one run after the other")


@dataclass(frozen=True, kw_only=True)
class Facets:
    """The uses of a setting. Nothing here has a default: whoever adds a setting decides all of it,
    once."""

    exam: Literal["what", "where", "no"]
    """It decides what is computed, so it enters an exam's images, its reference and the key under
    which its answer is kept; or where that is computed, so it enters the key only. Exams have any
    other setting as by default."""
    circumstance: str | OnOff | None
    """Times with another value are never compared: how a line of circumstances says the value, such
    as 'batch size {}' ({s} is an s, but for 1). None: it leaves a batch's time alone."""
    own: Literal["titled", "untitled", "no"]
    """Whether an entry of an experiment may have its own, and whether the entry's title then says
    it."""
    shown: Literal["yes", "with precision", "no"]
    """Whether the head of an experiment says it, or only where a precision was asked for."""
    asked_by: frozenset[Instrument]
    """Whose forms and commands ask for it."""
