"""Read a filter of the history from words: from a page's address, or from a shell's options."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from lenet.errors import BadInput
from lenet.instruments import INSTRUMENTS
from lenet.records import Filter

WORDS = ("variant", "stack", "version", "host", "submitter", "tag", "text")
LARGEST = 2**31 - 1
LONGEST = 40
"""The characters that a number may have, and that a sentence quotes of a wrong one."""


def of(words: Mapping[str, str | None], limit: int) -> Filter:
    """The filter that `words` ask for, by the names of its fields. Empty words filter nothing.

    A day given as `until` counts to its end. Raises BadInput for a word that cannot be understood.
    """
    said = {name: (words.get(name) or "").strip() for name in (*WORDS, "instrument", "since", "until", "before")}
    if said["instrument"] and said["instrument"] not in INSTRUMENTS:
        raise BadInput(f"There is no kind {said['instrument']!r}; the kinds are {', '.join(INSTRUMENTS)}.")
    values: dict[str, Any] = {name: said[name] for name in (*WORDS, "instrument")}
    return Filter(
        **values,
        since=_moment(said["since"], 0),
        until=_moment(said["until"], 1),
        limit=limit,
        before=number(said["before"]) if said["before"] else None,
    )


def numbers(text: str) -> list[int]:
    """The experiment numbers between commas, each once. Raises BadInput for any other text."""
    return list(dict.fromkeys(number(part.strip()) for part in text.split(",") if part.strip()))


def number(text: str) -> int:
    """The experiment number that `text` states. Raises BadInput for any other text."""
    found = stated(text)
    if found is None:
        raise BadInput(f"{text[:LONGEST]!r} is not an experiment's number; `python -m lenet history` shows them.")
    return found


def stated(text: str) -> int | None:
    """The experiment number that `text` states; None where it states none that a database can hold."""
    # Python refuses to read a number of some thousand digits, so its length comes first.
    digits = text.isascii() and text.isdigit() and len(text) <= LONGEST
    return int(text) if digits and int(text) <= LARGEST else None


def _moment(text: str, later: int) -> datetime | None:
    """The moment that `text` states, in UTC where it names no time zone.

    A day without an hour means its start, or the start of the day `later` days after it.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        whole = len(text) == len("2026-01-31") and moment.time() == time()
        return moment.astimezone(UTC) + timedelta(days=later) * whole
    except (ValueError, OverflowError):
        raise BadInput(f"{text!r} is not a day; write it as 2026-01-31.") from None
