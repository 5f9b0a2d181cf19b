"""Streams that cannot spell every character (latin-1, ASCII): then it is written as near as can be,
never an error."""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata

NAME = "lenet.near"
_NEAR = {
    "±": "+/-",
    "×": "x",
    "÷": "/",
    "−": "-",
    "–": "-",
    "—": "-",
    "·": "|",
    "µ": "u",
    "…": "...",
    "✓": "*",
    "•": "*",
    "°": "*",
    "━": "-",
}
_NEAR |= {"“": '"', "”": '"', "‘": "'", "’": "'"}


def spell() -> None:
    """From now on standard output and error spell what their encoding lacks with ASCII."""
    codecs.register_error(NAME, _replace)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=NAME)


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_near, error.object[error.start : error.end])), error.end


def _near(character: str) -> str:
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return _NEAR.get(character) or plain or "?"
