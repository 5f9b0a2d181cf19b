"""Reads and writes entries and labels: `name[@stack][+setting=value ...][~copy]`.

Records, the database and exports keep the text. Other modules parse it here and never cut or build
it themselves. The catalogue says what a name or a setting means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from lenet.errors import BadInput

_WRITTEN = re.compile(
    r"(?P<name>[^@+~]*)(?:@(?P<stack>[^+~]+))?(?P<own>(?:\+[^+~]*)*)(?:~(?P<copy>[2-9]|[1-9][0-9]{1,8}))?"
)
_PLAIN = re.compile(r"\w{1,100}(@[a-z0-9][a-z0-9._-]{0,99})?(\+[a-z_]{1,50}=[\w.-]{1,50})*", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """A variant or rung as an experiment races it; `copy` above 1: the label of a further copy."""

    name: str
    stack: str = ""
    """'' for the stack that the catalogue gives it."""
    own: tuple[tuple[str, str], ...] = ()
    """Its own settings, (name, value) as text, in the order in which they are written."""
    copy: int = 1

    @staticmethod
    @lru_cache(maxsize=4096)
    def parse(text: str) -> Entry:
        """Read an entry; `str` writes the same text again. Raises BadInput for any other text."""
        match = _WRITTEN.fullmatch(text)
        if not match:
            raise BadInput(f"There is no variant {text!r}; write name@stack+setting=value, or the name alone.")
        own = tuple(_setting(text, part) for part in match["own"].split("+")[1:])
        return Entry(match["name"], match["stack"] or "", own, int(match["copy"] or 1))

    def __str__(self) -> str:
        stack = f"@{self.stack}" if self.stack else ""
        own = "".join(f"+{name}={value}" for name, value in self.own)
        return f"{self.name}{stack}{own}{f'~{self.copy}' if self.copy > 1 else ''}"

    @property
    def without_copy(self) -> Entry:
        """The entry that a label's runs belong to."""
        return replace(self, copy=1)

    @property
    def without_settings(self) -> Entry:
        """Its name and stack alone."""
        return Entry(self.name, self.stack)

    def nth(self, copy: int) -> Entry:
        """The label of its n-th copy in a round, counted from 1."""
        return replace(self, copy=copy)

    def in_stack(self, stack: str) -> Entry:
        """The same entry in `stack`, in place of its own."""
        return replace(self, stack=stack)

    def having(self, values: Mapping[str, Any]) -> Entry:
        """The same entry with these settings behind its own."""
        return replace(self, own=(*self.own, *((name, str(value)) for name, value in values.items())))


def _setting(text: str, part: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    if not equals:
        hint = "write +name=value, such as +batch_size=8."
        raise BadInput(f"{text!r}: {part!r} is not a setting of one entry; {hint}")
    return name, value


def is_plain(text: str) -> bool:
    """Whether a text has only names of bounded length, so that it cannot be a path or markup."""
    return _PLAIN.fullmatch(text) is not None
