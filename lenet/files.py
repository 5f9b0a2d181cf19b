"""Reading a user's text, and writing a file whole: no reader ever sees half of it."""

from __future__ import annotations

import time
from pathlib import Path

from lenet.errors import LeNetError


def write_whole(file: Path, content: bytes) -> None:
    """Put `content` in the place of the file, all of it or nothing. Raises LeNetError when it
    cannot be written."""
    unfinished = file.with_name(f".{file.name}.{time.time_ns()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(file)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise LeNetError(f"{file} cannot be written ({error.strerror}); choose another place.") from error


def read_text(file: Path) -> str:
    """A user's text in UTF-8, without the byte-order mark that some editors put before it.

    Raises OSError, and UnicodeDecodeError when it is not in UTF-8.
    """
    return file.read_text(encoding="utf-8-sig")
