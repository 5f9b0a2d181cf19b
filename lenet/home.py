"""The folder that holds all the user's data: `LENET_HOME`, or the system's folder for it."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lenet.errors import StoreError

DATABASE = "lenet.db"
"""The file of an SQLite database in the data folder."""


@dataclass(frozen=True)
class Home:
    """The data folder. The database is SQLite inside it unless LENET_DATABASE_URL names another."""

    root: Path

    @property
    def database_url(self) -> str | Path:
        """LENET_DATABASE_URL; without one the file, as no text of a URL can spell every folder's
        name."""
        return os.environ.get("LENET_DATABASE_URL") or self.root / DATABASE

    def experiment(self, experiment_id: int) -> Path:
        """Folder of one experiment's problem, tapes and logs."""
        return self.root / "experiments" / f"{experiment_id:06d}"

    def owner(self, token: str) -> Path:
        """The lock that a process holds as long as it lives; see `bench.owners`."""
        return self.root / "owners" / token

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder that is removed, with everything in it, at the end of the `with` block.

        Raises StoreError when it cannot be made.
        """
        with kept_in(self.root):
            scratch = tempfile.TemporaryDirectory(prefix="scratch-", dir=self.root)
        with scratch as folder:
            yield Path(folder)


def open_home() -> Home:
    """The data folder, made if it is not there. Raises StoreError when it cannot be written."""
    asked = os.environ.get("LENET_HOME") or _default()
    try:
        root = Path(asked).expanduser().resolve()
    except (OSError, RuntimeError) as error:  # nobody's home, a circle of links, a working folder that is gone
        why = str(error).rstrip(".")
        raise StoreError(f"There is no data folder {asked} ({why}); set LENET_HOME to a folder.") from error
    try:
        (root / "experiments").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The data folder {root} cannot be written ({error.strerror}); set LENET_HOME to one that can."
        ) from error
    return Home(root)


@contextlib.contextmanager
def kept_in(place: Path) -> Iterator[None]:
    """Turn an OSError of writing to the data folder, at `place`, into a StoreError that says what to
    do."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{place} cannot be written ({error.strerror or error}); free some space or set LENET_HOME to another disk."
        ) from error


def _default() -> Path:
    if sys.platform == "darwin":
        return Path("~/Library/Application Support/lenet-bench")
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base) / "lenet-bench"
