"""The description of one setting: name, help and bounds, and how a value is read and written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from lenet.errors import BadInput
from lenet.facets import Facets

MOST_LINES = 5


def flag(name: str) -> str:
    """What a command calls the setting `name`."""
    return f"--{name.replace('_', '-')}"


@dataclass(frozen=True)
class Option:
    """The description of one setting; its values are a closed list (`choices`) or a range.

    facets: what it is for, which decides where the program asks for it, shows it and heeds it;
    suffixes: what may stand behind its number, as (suffix, factor); a value is written with the
    first that fits;
    example: how it is usually written.
    """

    label: str
    help: str
    facets: Facets
    unit: str = ""
    low: float = 0
    high: float = math.inf
    above_low: bool = False
    choices: tuple[str, ...] = ()
    suffixes: tuple[tuple[str, float], ...] = ()
    example: str = ""

    def read(self, value: Any, kind: type) -> Any:
        """Read a value, a text or a number, as a `kind`.

        Raises BadInput for a wrong type and for a value out of bounds.
        """
        if self.choices:
            if value not in self.choices:
                raise BadInput(f"{self.label} must be one of {', '.join(self.choices)}, not {value!r}.")
            return value
        number = self._number(value, kind)
        inside = self.low <= number <= self.high and not (self.above_low and number == self.low)
        if not inside:
            raise BadInput(f"{self.label} must be {self._range(kind)}, not {value!r}.")
        return number

    def written(self, value: Any) -> str:
        """Write a value so that `read` reads the same one: 0.02 as 2%, 600 s as 10m."""
        for suffix, worth in self.suffixes if value else ():
            count = round(value / worth, 10)
            if worth < 1 or count == int(count):
                return f"{count:.10g}{suffix}"
        return f"{value:.12g}" if isinstance(value, float) else str(value)

    def argument(self, name: str, value: Any) -> str:
        """A value as a command asks for it: '--batch-size 8'."""
        return f"{flag(name)} {self.written(value)}"

    def _number(self, value: Any, kind: type) -> Any:
        wanted = f"{self.label} must be {self._range(kind)}, not {value!r}."
        if isinstance(value, bool):
            raise BadInput(wanted)
        try:
            number = self._float(value)
        except (TypeError, ValueError):
            raise BadInput(wanted) from None
        if not math.isfinite(number) or (kind is int and number != int(number)):
            raise BadInput(wanted)
        return kind(number)

    def _float(self, value: Any) -> float:
        """The number of a text, rounded so that 1.1% is 0.011, not 0.011000000000000001."""
        text = value.strip() if isinstance(value, str) else value
        for suffix, worth in self.suffixes:
            if isinstance(text, str) and text.endswith(suffix):
                return round(float(text.removesuffix(suffix)) * worth, 12)
        return float(text)

    def _range(self, kind: type) -> str:
        noun = "a whole number" if kind is int else "a number"
        start = "above" if self.above_low else "from"
        unit = f" {self.unit}" if self.unit else ""
        such = f", such as {self.example}" if self.example else ""
        end = "and up" if math.isinf(self.high) else f"to {self.high:.12g}"
        return f"{noun} {start} {self.low:g} {end}{unit}{such}"


@dataclass(frozen=True)
class Lines(Option):
    """The description of a setting that is a list of lines, in percent: '0%,3%'; '' for none."""

    def read(self, value: Any, kind: type) -> str:
        """The lines in order, each once, as `written` writes them. Raises BadInput."""
        parts = [part.strip() for part in str(value).split(",") if part.strip()]
        shares = sorted({self._share(part, value) for part in parts})
        if len(shares) > MOST_LINES:
            raise BadInput(f"{self.label} has {MOST_LINES} lines at most, not {len(shares)}.")
        return ",".join(f"{100 * share:.10g}%" for share in shares)

    def _share(self, part: str, value: Any) -> float:
        try:
            share = round(float(part.removesuffix("%")) / 100, 12)
        except ValueError:
            share = math.nan
        if not self.low <= share <= self.high:
            wanted = f"percentages from {100 * self.low:g} to {100 * self.high:g} between commas"
            raise BadInput(f"{self.label} must be {wanted}, such as {self.example}, not {value!r}.")
        return share


@dataclass(frozen=True)
class Switch(Option):
    """The description of a setting that is on or off: 'yes' or 'no'."""

    def read(self, value: Any, kind: type) -> bool:
        """Whether it is on. Raises BadInput for anything but yes, no, true and false."""
        known = {"yes": True, "true": True, "no": False, "false": False}
        text = str(value).strip().lower()
        if text not in known:
            raise BadInput(f"{self.label} must be yes or no, not {value!r}.")
        return known[text]

    def written(self, value: Any) -> str:
        """'yes' or 'no'."""
        return "yes" if value else "no"

    def argument(self, name: str, value: Any) -> str:
        """A value as a command asks for it: '--confirm', or '' where it is off."""
        return flag(name) if value else ""
