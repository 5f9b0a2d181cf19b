"""Where everything the user makes is kept: `LENET_HOME`, or the system's folder for a user's
data."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lenet.errors import StoreError
from lenet.files import kept_in


@dataclass(frozen=True)
class Home:
    """The data folder. `database_url` is SQLite inside it unless LENET_DATABASE_URL names
    another."""

    root: Path

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the database."""
        return os.environ.get("LENET_DATABASE_URL") or f"sqlite:///{self.root / 'lenet.db'}"

    def experiment(self, experiment_id: int) -> Path:
        """Folder of one experiment's problem, tapes and logs."""
        return self.root / "experiments" / f"{experiment_id:06d}"

    def owner(self, token: str) -> Path:
        """The lock that a process holds as long as it lives; see `bench.owners`."""
        return self.root / "owners" / token

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for work that leaves nothing behind. Raises StoreError when it cannot be
        made."""
        with kept_in(self.root):
            scratch = tempfile.TemporaryDirectory(prefix="scratch-", dir=self.root)
        with scratch as folder:
            yield Path(folder)


def open_home() -> Home:
    """The data folder, made if it is not there. Raises StoreError when it cannot be written."""
    root = Path(os.environ.get("LENET_HOME") or _default()).expanduser().resolve()
    try:
        (root / "experiments").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The data folder {root} cannot be written ({error.strerror}); set LENET_HOME to one that can."
        ) from error
    return Home(root)


def _default() -> Path:
    if sys.platform == "darwin":
        return Path("~/Library/Application Support/lenet-bench")
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base) / "lenet-bench"
