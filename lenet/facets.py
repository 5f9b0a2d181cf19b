"""The facets of a setting: what it is for. Each setting declares its own, and every list of
settings is derived from these declarations.

A new setting needs a declaration in `lenet/settings.py`, a property in
`lenet/schema/experiment-1.json`, and the variants that heed it. Experiments that were stored before
it existed have its default.
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
    """The words for a setting that is off at 0, where only on or off tells circumstances apart."""

    noun: str
    on: str
    off: str

    def words(self, value: Any) -> str:
        """The words for `value` in a line of circumstances."""
        return self.on if value else self.off


@dataclass(frozen=True)
class OrElse:
    """The words for a number that at 0 follows from something else."""

    noun: str
    text: str
    otherwise: str

    def words(self, value: Any) -> str:
        """The words for `value` in a line of circumstances."""
        return self.text.format(value, s="s" * (value != 1)) if value else self.otherwise


TURNS = OnOff("Turns", "in slices", "one run after the other")


@dataclass(frozen=True, kw_only=True)
class Facets:
    """What a setting is for. No field has a default: whoever adds a setting decides them all."""

    exam: Literal["what", "where", "no"]
    """"what": it decides what is computed, so it enters an exam's images, its reference and the key
    under which its answer is kept. "where": it decides where that is computed, so it enters the key
    only. "no": exams run with its default."""
    circumstance: str | OnOff | OrElse | None
    """How a line of circumstances says the value, such as 'batch size {}' ({s} is an s, except
    after 1); times with different values are never compared. None: a batch's time does not depend
    on it."""
    own: Literal["titled", "untitled", "no"]
    """May an entry have its own value, and does the entry's title then say it?"""
    shown: Literal["yes", "where set", "where open", "no"]
    """Does the head of an experiment say it: always, or only where it has a value, or where besides the
    number of rounds is open?"""
    asked_by: frozenset[Instrument]
    """The instruments whose forms and commands ask for it."""
