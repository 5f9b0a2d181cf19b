"""The name that a machine keeps, whatever its host is called: hosts of a fleet may all be called the same."""

from __future__ import annotations

import contextlib
import secrets

from lenet.home import Home, kept_in

FILE = "machine"
"""In the data folder; it is there once the machine has joined a fleet."""


def known(home: Home) -> str:
    """This machine's id; '' while it has joined no fleet."""
    with contextlib.suppress(OSError):
        return (home.root / FILE).read_text(encoding="ascii").strip()
    return ""


def made(home: Home) -> str:
    """This machine's id, made and kept if it has none. Raises StoreError when it cannot be kept."""
    if not (there := known(home)):
        there = secrets.token_hex(8)
        with kept_in(home.root / FILE):
            (home.root / FILE).write_text(f"{there}\n", encoding="ascii")
    return there
