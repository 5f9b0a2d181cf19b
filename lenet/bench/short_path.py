"""A short path to a folder, wherever the folder is: a symbolic link in the system's folder for
temporary files.

A program's sockets lie in its folder for temporary files, and a socket's path has 107 bytes at
most. Python's multiprocessing adds 33 to the folder's.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

ROOTS = ("/tmp", "/var/tmp")
LONGEST_ROOT = 32
PREFIX = "lenet-"


def to(folder: Path) -> Path:
    """A new link to `folder`; the folder itself where no link can be made."""
    for root in dict.fromkeys((tempfile.gettempdir(), *ROOTS)):
        if len(os.fsencode(root)) <= LONGEST_ROOT:
            with contextlib.suppress(OSError):
                _sweep(Path(root))
                link = Path(root) / f"{PREFIX}{secrets.token_hex(4)}"
                link.symlink_to(folder, target_is_directory=True)
                return link
    return folder


def remove(path: Path) -> None:
    """Remove what `to` has made; the folder stays."""
    if path.is_symlink():
        path.unlink(missing_ok=True)


def _sweep(root: Path) -> None:
    """Remove our links whose folder is gone: their process was killed."""
    for link in root.glob(f"{PREFIX}????????"):
        if link.is_symlink() and not link.exists() and link.lstat().st_uid == os.getuid():
            link.unlink(missing_ok=True)
