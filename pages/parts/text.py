"""Escape text for Markdown, so that imported text cannot show images and links."""

import re

_LINKS = re.compile(r"(https?://|www(?=\.))|(?<=[-.\w+])@(?=[-\w]+\.[-\w])", re.IGNORECASE)
"""Where Markdown begins a link by itself, whatever is escaped: it looks once escapes are gone."""
_APART = "\u200b"
"""A space of no width, behind which such a beginning is none."""


def plain(text: str) -> str:
    """Text escaped so that Markdown shows it as it is."""
    return re.sub(r"([\\\[\]`*_$~:<#|])", r"\\\1", _unlinked(text))


def quoting(text: str) -> str:
    """A sentence of the program that may quote a user.

    Commands between backticks stay; links and images are escaped.
    """
    said, *rest = text.split("`")
    parts = [_unlinked(said), *(part if place % 2 == 0 else _unlinked(part) for place, part in enumerate(rest))]
    return re.sub(r"([\\\[\]<$])", r"\\\1", "`".join(parts))


def _unlinked(text: str) -> str:
    return _LINKS.sub(lambda found: found[0] + _APART, text)
