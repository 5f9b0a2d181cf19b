"""How much the sessions of a process may hold in uploads, so that nobody fills its memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FILES = 4
"""The most files of a session. A page has one field for one file; what was there before goes once
the next is chosen."""
ROOM = 48 << 20
"""All sessions together hold at most so many bytes: one file of the greatest size, or several usual ones."""


class Uploads:
    """The files that are held, and those that are just arriving.

    held: a session -> the number of its files and the bytes of all sessions' files, or None where
    there is no such session.
    """

    def __init__(self, held: Callable[[str], tuple[int, int] | None], file_bytes: int) -> None:
        self._held, self._file_bytes = held, file_bytes
        self._arriving: Counter[str] = Counter()
        self._bytes = 0

    def refusal(self, session: str, length: str) -> str:
        """Why a file of so many bytes, as its request states them, may not come in; '' if it may."""
        held = self._held(session)
        if held is None:
            return "There is no such session; reload the page."
        if not (length.isascii() and length.isdigit() and len(length) < 20):
            return "Say how long the file is."
        if int(length) > self._file_bytes:
            return f"A file may have at most {self._file_bytes >> 20} MiB."
        files, all_bytes = held
        if files + self._arriving[session] >= FILES:
            return "This page holds enough files already; reload it, and upload one."
        if all_bytes + self._bytes + int(length) > ROOM:
            return "Others are uploading; try again in ten minutes."
        return ""

    @contextmanager
    def arriving(self, session: str, length: int) -> Iterator[None]:
        """Count a file until it is held, or was refused."""
        self._arriving[session] += 1
        self._bytes += length
        try:
            yield
        finally:
            self._arriving[session] -= 1
            self._arriving += Counter()  # forgets those at 0
            self._bytes -= length
