"""Align two source files line by line, and read what a variant's file says about itself."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from lenet.catalog import Variant
from lenet.catalog.entries import parse


@dataclass(frozen=True)
class Row:
    """A row of two columns: each has the number of a line, from 1, or None where it is empty."""

    left: int | None
    right: int | None
    same: bool


def lines(variant: Variant) -> list[str]:
    """The variant's file as it stands."""
    return variant.file.read_text(encoding="utf-8").splitlines()


def docstring(variant: Variant) -> str:
    """The docstring of the variant's file.

    A rung's docstring says what it changes, what to expect, and from where.
    """
    return ast.get_docstring(parse(variant.file.read_text(encoding="utf-8"))) or ""


def program(variant: Variant) -> str:
    """The variant's file without its docstring."""
    text = variant.file.read_text(encoding="utf-8")
    first = parse(text).body[0]
    return "\n".join(text.splitlines()[first.end_lineno :]).strip() if docstring(variant) else text


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
