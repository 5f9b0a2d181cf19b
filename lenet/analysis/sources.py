"""Align two source files line by line, and read what a variant's file says about itself."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from lenet.catalog import Variant, source_text
from lenet.catalog.entries import parse


@dataclass(frozen=True)
class Row:
    """A row of two columns: each has the number of a line, from 1, or None where it is empty."""

    left: int | None
    right: int | None
    same: bool


def lines(variant: Variant) -> list[str]:
    """The variant's file as it stands, as far as it can be read; its `mistake` says what is wrong."""
    return source_text.lines(_text(variant.file))


def docstring(variant: Variant) -> str:
    """The docstring of the variant's file; a rung's says what it changes, what to expect, and from
    which source."""
    return ast.get_docstring(_tree(_text(variant.file))) or ""


def program(variant: Variant) -> str:
    """The variant's file without what it says of itself at its top."""
    text = _text(variant.file)
    tree = _tree(text)
    if not ast.get_docstring(tree):
        return text
    return "\n".join(source_text.lines(text)[tree.body[0].end_lineno :]).strip()


def _text(file: Path) -> str:
    try:
        return source_text.read(file)
    except (SyntaxError, UnicodeDecodeError):
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _tree(text: str) -> ast.Module:
    try:
        return parse(text)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def code_lines(text: Sequence[str]) -> int:
    """The number of lines that are neither blank nor only a comment."""
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in text)


def align(left: Sequence[str], right: Sequence[str]) -> list[Row]:
    """Both files in full, equal lines beside each other.

    Lines are aligned by longest matching blocks; trailing blanks do not count.
    """
    matcher = difflib.SequenceMatcher(None, [s.rstrip() for s in left], [s.rstrip() for s in right], autojunk=False)
    rows: list[Row] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        pairs = zip_longest(range(a + 1, b + 1), range(c + 1, d + 1))
        rows += [Row(one, other, tag == "equal") for one, other in pairs]
    return rows
