"""Finds the ladder that a user means: a name, its two ends, or a TOML file of their own.

`NAME@STACK`, or both ends with the same `@STACK`, is a shipped ladder raced in another stack. A
file names entries in order (docs/variants.md, "A ladder of your own")::

    title = "What the labels cost"
    start = "keras_fit"

    [settings]
    batch_size = 8

    [[changes]]
    title = "Progress bar"
    after = "keras_fit_silent"
    without = "keras_fit_bar_only"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lenet import catalog
from lenet.catalog.entries import Change, Ladder
from lenet.catalog.entry import Entry
from lenet.errors import BadInput
from lenet.files import read_text
from lenet.settings import OPTIONS

TOP = ("title", "start", "changes", "settings")
OF_CHANGE = ("title", "after", "without")
LISTED = "`python -m lenet why ladders` lists them."


def named(words: Sequence[str]) -> Ladder:
    """The ladder that one word (a name or a file) or two words (its ends) mean.

    Raises BadInput, with one sentence, when there is none.
    """
    if len(words) == 2:
        return between(*words)
    if len(words) != 1:
        raise BadInput(f"Name a ladder, its two ends, or a TOML file with a ladder of your own; {LISTED}")
    word = words[0]
    if word.endswith(".toml") or (word not in catalog.LADDERS and Path(word).is_file()):
        return read(Path(word))
    return catalog.ladder(word)


def between(start: str, end: str) -> Ladder:
    """The ladder from one entry to another. Raises BadInput when there is none."""
    for entry in (start, end):
        _check_entry(entry)
    stack = Entry.parse(start).stack
    for shipped in catalog.LADDERS.values():
        ladder = shipped.in_stack(stack) if stack else shipped
        if (ladder.start, ladder.end) == (start, end):
            return ladder
        if (ladder.end, ladder.start) == (start, end):
            raise BadInput(f"The ladder goes the other way: from {ladder.start} to {ladder.end}.")
    raise BadInput(f"There is no ladder from {start} to {end}; write one of your own as a TOML file, or see which are: "
                   f"{LISTED}")  # fmt: skip


def read(file: Path) -> Ladder:
    """Read a ladder from a TOML file, and name it like the file.

    Raises BadInput for the first mistake in the file.
    """
    try:
        text = read_text(file)
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror}); name a TOML file with a ladder.") from error
    except UnicodeDecodeError as error:
        sentence = f"{file} is not text in UTF-8, so it is not TOML; save it as UTF-8."
        raise BadInput(sentence) from error
    return parse(text, file.stem, str(file))


def parse(text: str, name: str, where: str) -> Ladder:
    """Parse the ladder `name` from TOML; `where` begins the errors.

    Raises BadInput for the first mistake in the text.
    """
    try:
        table = tomllib.loads(text)
        return _ladder(table, name)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{where}: it is not TOML ({_small(str(error))}).") from error
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from error


def _small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _ladder(table: Mapping[str, Any], name: str) -> Ladder:
    _known(table, TOP, "the file")
    changes = tuple(_change(number, entry) for number, entry in enumerate(_tables(table), 1))
    start = _text(table, "start", "the file")
    _check_entry(start)
    ladder = Ladder(name, _text(table, "title", "the file"), start, changes, _settings(table.get("settings", {})))
    _check_walks(ladder)
    return ladder


def _tables(table: Mapping[str, Any]) -> list[Any]:
    changes = table.get("changes")
    if not isinstance(changes, list) or not changes:
        raise BadInput("it needs at least one [[changes]] with a title and the entry after it.")
    return changes


def _change(number: int, change: Any) -> Change:
    where = f"change {number}"
    if not isinstance(change, dict):
        raise BadInput(f"{where} must be a table: write [[changes]], then title and after below it.")
    _known(change, OF_CHANGE, where)
    without = _text(change, "without", where) if "without" in change else ""
    made = Change(_text(change, "title", where), _text(change, "after", where), without)
    for entry in filter(None, (made.after, made.without)):
        _check_entry(entry)
    return made


def _known(table: Mapping[str, Any], names: Sequence[str], where: str) -> None:
    for key in table:
        if key not in names:
            raise BadInput(f"{where} has {key!r}, which means nothing here; it may have {', '.join(names)}.")


def _text(table: Mapping[str, Any], name: str, where: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f'{where} needs {name} = "..." with some text.')
    return value.strip()


def _check_entry(entry: str) -> None:
    catalog.variant(entry)
    catalog.overrides(entry)


def _settings(values: Any) -> dict[str, Any]:
    """Check the names; the values are checked when the ladder is raced, with the other settings."""
    if not isinstance(values, dict):
        raise BadInput("settings must be a table: write [settings], then lines such as batch_size = 8.")
    _known(values, tuple(OPTIONS), "[settings]")
    return values


def _check_walks(ladder: Ladder) -> None:
    """Check that a state stands only once in a walk, and that a walk back is complete or absent."""
    undone = [change.without for change in ladder.changes]
    if undone[-1]:
        raise BadInput("the last change needs no `without`: all of them undone is the start.")
    if any(undone) and not all(undone[:-1]):
        raise BadInput("`without` stands at some changes only; give it for all but the last, or for none.")
    for walk in (ladder.forward(), ladder.backward() or []):
        twice = next((entry for entry in walk if walk.count(entry) > 1), None)
        if twice:
            raise BadInput(f"{twice!r} stands there twice; every change must lead to another entry.")
