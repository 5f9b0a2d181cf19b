"""A result for readers who have not signed in: without what programs printed, without the text of
users' own programs, and without paths of the machine."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from lenet.catalog import own
from lenet.views import experiment
from lenet.views.blocks import Block, Section, Table, View, filled

PATH = re.compile(r"sqlite:/\S+|(?<![\w:/.~-])~?(?:/[\w.@+~-]+){2,}/?")
"""A place in this machine's file system; no address of a page, no share such as 3/4."""
INSTEAD = "…"


def view(shown: View) -> View:
    """The same result, for everybody."""
    kept = [one for one in shown.sections if one.title != experiment.LEFT_BEHIND]
    values = {field.name: _clean(getattr(shown, field.name)) for field in dataclasses.fields(shown)}
    return dataclasses.replace(shown, **values | {"sections": filled(*map(_section, kept))})


def values(plain: Any) -> Any:
    """The same plain values, as JSON has them, without paths and without programs."""
    if isinstance(plain, str):
        return PATH.sub(INSTEAD, plain)
    if isinstance(plain, Mapping):
        return {values(key): values(item) for key, item in plain.items() if key != own.PROGRAMS}
    return [values(item) for item in plain] if isinstance(plain, list | tuple) else plain


def _section(section: Section) -> Section:
    return dataclasses.replace(section, blocks=tuple(map(_block, filter(_says_more, section.blocks))))


def _says_more(block: Block) -> bool:
    """Whether anything is left of a block without its log and its program."""
    return not (block.log or block.program) or bool(block.failures)


def _block(block: Block) -> Block:
    texts = ("sentences", "points", "notes", "warnings", "failures", "table", "steps")
    return dataclasses.replace(block, log="", program="", **{name: _clean(getattr(block, name)) for name in texts})


def _clean(value: Any) -> Any:
    """Texts without paths, in whatever holds them; all else as it is."""
    if isinstance(value, str):
        return values(value)
    if isinstance(value, Block):
        return _block(value)
    if isinstance(value, Section):
        return _section(value)
    if isinstance(value, Table):
        return Table(value.columns, value.rows.map(_clean))
    return tuple(map(_clean, value)) if isinstance(value, tuple) else value
