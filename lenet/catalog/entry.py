"""How an entry of an experiment and the label of a run are written: `name[@stack][+setting=value
...][~copy]`.

Records, the database and exports keep the text. Whoever asks it a question parses it here; no other
module cuts or builds it. What a name or a setting means, the catalogue says.
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
    """A variant or rung as an experiment races it; with a `copy` above 1, the label of a further
    copy's runs."""

    name: str
    stack: str = ""
    """'' for the one that the catalogue has it in."""
    own: tuple[tuple[str, str], ...] = ()
    """Settings of its own, (name, value) as text, in the order in which they are written."""
    copy: int = 1

    @staticmethod
    @lru_cache(maxsize=4096)
    def parse(text: str) -> Entry:
        """The entry that a text names; `str` writes it as the same text. Raises BadInput when it is
        not so written."""
        found = _WRITTEN.fullmatch(text)
        if not found:
            raise BadInput(f"There is no variant {text!r}; write name@stack+setting=value, or the name alone.")
        own = tuple(_setting(text, part) for part in found["own"].split("+")[1:])
        return Entry(found["name"], found["stack"] or "", own, int(found["copy"] or 1))

    def __str__(self) -> str:
        stack = f"@{self.stack}" if self.stack else ""
        own = "".join(f"+{name}={value}" for name, value in self.own)
        return f"{self.name}{stack}{own}{f'~{self.copy}' if self.copy > 1 else ''}"

    @property
    def without_copy(self) -> Entry:
        """The entry that a label's runs are of."""
        return replace(self, copy=1)

    @property
    def without_settings(self) -> Entry:
        """Its program: name and stack alone."""
        return Entry(self.name, self.stack)

    def nth(self, copy: int) -> Entry:
        """The label of its first, second, ... copy in a round."""
        return replace(self, copy=copy)

    def in_stack(self, stack: str) -> Entry:
        """The same in `stack`, whatever stack it is in."""
        return replace(self, stack=stack)

    def having(self, values: Mapping[str, Any]) -> Entry:
        """The same with these settings after those that it has."""
        return replace(self, own=(*self.own, *((name, str(value)) for name, value in values.items())))


def _setting(text: str, part: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    if not equals:
        raise BadInput(f"{text!r}: {part!r} is no setting of one entry; write +name=value, such as +batch_size=8.")
    return name, value


def is_plain(text: str) -> bool:
    """Whether an entry from elsewhere is made of names of bounded length, and can be no path and no
    markup."""
    return _PLAIN.fullmatch(text) is not None
