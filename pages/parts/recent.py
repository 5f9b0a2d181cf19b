"""What many viewers ask for each second, read once for all of them."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

SECONDS = 0.9
MOST = 64
"""The values that are kept; the oldest goes first."""


class Recent:
    """The newest value of each thing that is asked for, with the moment at which it was asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[Hashable, tuple[float, Any]] = {}

    def get(self, key: Hashable, read: Callable[[], T], since: float) -> T:
        """The value of `key`, read less than SECONDS ago and after `since` (of the monotonic clock), by
        whomever; else as `read` returns it now."""
        with self._lock:
            at, value = self._values.get(key, (0.0, None))
            now = time.monotonic()
            if at < max(since, now - SECONDS):
                value = read()
                self._values.pop(key, None)
                self._values[key] = (now, value)
                while len(self._values) > MOST:
                    del self._values[next(iter(self._values))]
            return value  # type: ignore[no-any-return]
