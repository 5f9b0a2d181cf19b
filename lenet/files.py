"""Writing a file whole: a reader, or whoever looks after a crash, never sees half of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from lenet.errors import LeNetError, StoreError


@contextlib.contextmanager
def kept_in(place: Path) -> Iterator[None]:
    """Turns an OSError of writing to the data folder, at `place`, into a StoreError that says what
    to do."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{place} cannot be written ({error.strerror or error}); free some space or set LENET_HOME to another disk."
        ) from error


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
