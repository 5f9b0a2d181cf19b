"""Call a function as a user without rights; only root can."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

ROOT_ONLY = pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
_NOBODY = 65534


def told_to_nobody(call: Callable[[], object]) -> str:
    """The text of what `call` returns to the user nobody, or of the error that it raises: 'Error: words'."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)
            said = str(call())
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as told:
        said = told.read()
    os.waitpid(child, 0)
    return said
