"""A filter of the history from words: of an address, or of a shell's options."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from lenet.errors import BadInput
from lenet.instruments import INSTRUMENTS
from lenet.records import Filter

WORDS = ("variant", "stack", "version", "host", "submitter", "tag", "text")
LARGEST = 2**31 - 1


def of(words: Mapping[str, str | None], limit: int) -> Filter:
    """The filter that `words` ask for, by the names of its fields; what is missing or empty
    restricts nothing.

    A day as `until` is asked for to its end. Raises BadInput for a word that cannot be understood.
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
    """The experiments' numbers between commas, each once. Raises BadInput for anything but a
    number."""
    return list(dict.fromkeys(number(part.strip()) for part in text.split(",") if part.strip()))


def number(text: str) -> int:
    """The number of an experiment. Raises BadInput for anything else."""
    if not (text.isascii() and text.isdigit() and int(text) <= LARGEST):
        raise BadInput(f"{text!r} is no experiment's number; `python -m lenet history` shows them.")
    return int(text)


def _moment(text: str, later: int) -> datetime | None:
    """The start of a day, or of the `later`-th after it; with an hour as it stands. In UTC where no
    zone is said."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        whole = len(text) == len("2026-01-31") and found.time() == time()
        return found.astimezone(UTC) + timedelta(days=later) * whole
    except (ValueError, OverflowError):
        raise BadInput(f"{text!r} is no day; write it as 2026-01-31.") from None
