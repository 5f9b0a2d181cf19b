"""Writes files whole: a reader never sees half of one, even after a crash."""

from __future__ import annotations

import time
from pathlib import Path

from lenet.errors import LeNetError


def write_whole(file: Path, content: bytes) -> None:
    """Replace the file with `content`, all of it or nothing.

    Raises LeNetError when it cannot be written.
    """
    unfinished = file.with_name(f".{file.name}.{time.time_ns()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(file)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise LeNetError(f"{file} cannot be written ({error.strerror}); choose another place.") from error
