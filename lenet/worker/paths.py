"""Paths in JSON between two interpreters: their bytes, whatever each side's locale takes them for.

Under LC_ALL=C Python 3.6 spells the bytes of an umlaut otherwise than the app's Python does.
"""

import os


def to_text(path):
    """The bytes of a path as UTF-8 text; `of_text` has the path again, on either side."""
    return os.fsencode(path).decode("utf-8", "surrogateescape")


def of_text(text):
    """The path with these bytes, as this interpreter spells it."""
    return os.fsdecode(text.encode("utf-8", "surrogateescape"))
