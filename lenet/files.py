"""Reading a user's text, and writing output files: a regular file is written whole, so nobody ever
sees half of it; anything else is written into."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import sys
import time
from pathlib import Path

from lenet.errors import BadInput, LeNetError

STDOUT = Path("/dev/stdout")
"""How the standard output is named among files, also where no file has this name."""
_DESCRIPTORS = "/dev/fd"
_MOST_LINKS = 40


def write_whole(file: Path, content: bytes) -> None:
    """Put `content` in the place of the file, all of it or nothing; a device or a pipe is written
    into.

    Raises LeNetError when it cannot be written, BrokenPipeError when nobody reads the standard
    output any more.
    """
    number = descriptor(file)
    try:
        if number is not None:
            _write_into(number, content)
        elif _is_regular(file):
            _replace(_target(file), content)
        else:
            file.write_bytes(content)
    except OSError as error:
        if isinstance(error, BrokenPipeError) and number == 1:
            raise
        raise LeNetError(f"{file} cannot be written ({error.strerror}); choose another place.") from error


def check_writable(file: Path) -> None:
    """Raises BadInput when the file could not be written: it is better said before a race than
    after it."""
    if (number := descriptor(file)) is not None:
        writable = _is_open_for_writing(number)
    elif _is_regular(file):
        target = _target(file)
        if not target.parent.is_dir():
            raise BadInput(f"There is no folder {target.parent} to write {target.name} into; make it first.")
        writable = _can_replace(target)
    else:
        writable = os.access(file, os.W_OK) and not file.is_dir() and not file.is_socket()
    if not writable:
        raise BadInput(f"{file} cannot be written; choose another place, or change its permissions.")


def descriptor(file: Path) -> int | None:
    """The open descriptor that a name stands for (/dev/stdout, /dev/fd/3, a link to one); None for
    any other file.

    Such a name must not be opened: that would truncate a file which a shell writes into (`>
    log.txt`).
    """
    for _ in range(_MOST_LINKS):
        if file == STDOUT:
            return 1
        if file.name.isdecimal() and os.path.realpath(file.parent) == os.path.realpath(_DESCRIPTORS):
            return int(file.name)
        if not os.path.islink(file):
            break
        file = file.parent / os.readlink(file)
    return None


def _is_regular(file: Path) -> bool:
    """Is it a regular file, or nothing yet?"""
    try:
        return stat.S_ISREG(file.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def _target(file: Path) -> Path:
    """The file at the end of all links, which need not exist yet."""
    return Path(os.path.realpath(file)) if os.path.islink(file) else file


def _unfinished(target: Path) -> Path:
    return target.with_name(f".lenet-{time.time_ns()}")


def _replace(target: Path, content: bytes) -> None:
    unfinished = _unfinished(target)
    try:
        unfinished.write_bytes(content)
        if target.exists():
            shutil.copymode(target, unfinished)
        unfinished.replace(target)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def _can_replace(target: Path) -> bool:
    # Only trying tells: root, a read-only disk and /proc all answer `os.access` with yes.
    unfinished = _unfinished(target)
    try:
        unfinished.touch(exist_ok=False)
        unfinished.unlink()
    except OSError:
        return False
    return not target.exists() or os.access(target, os.W_OK)


def _is_open_for_writing(number: int) -> bool:
    try:
        return fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
    except OSError:
        return False


def _write_into(number: int, content: bytes) -> None:
    stream = {1: sys.stdout, 2: sys.stderr}.get(number)
    if stream is not None:  # behind the text that it holds back
        stream.flush()
        stream.buffer.write(content)
        stream.flush()
    elif number in (1, 2):
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    else:
        with os.fdopen(os.dup(number), "wb") as file:
            file.write(content)


def read_text(file: Path) -> str:
    """A user's text in UTF-8, without the byte-order mark that some editors put before it.

    Raises OSError, and UnicodeDecodeError when it is not in UTF-8.
    """
    return file.read_text(encoding="utf-8-sig")
