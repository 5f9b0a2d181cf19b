"""Where this program lies and what it is called: in a checkout, or installed from a wheel.

A wheel has the same files at other places: the app, which a checkout has at its top, is in `_app`
there, so that a Python with many packages gets no modules called `app` and `pages`.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).parent
PROJECT = PACKAGE.parent
"""The folder that holds `lenet`: a checkout, or the packages of a Python."""
NAME = "lenet-bench"
"""What a package index calls this program."""
_INSTALLED_APP = PACKAGE / "_app"
_ALONE = PACKAGE / "worker" / "alone"


def is_installed() -> bool:
    """Whether this is a wheel's copy; a checkout's is not, even if a Python is told to use it."""
    return _INSTALLED_APP.is_dir()


def app() -> Path:
    """The folder of `app.py`, `hosted.py`, `pages` and Streamlit's configuration."""
    return _INSTALLED_APP if is_installed() else PROJECT


def for_workers() -> Path:
    """The folder from which another Python imports `lenet`, and none of our own Python's packages,
    which are not for it."""
    return _ALONE if is_installed() else PROJECT


@lru_cache(maxsize=1)
def version() -> str:
    """The version, as pyproject.toml says it."""
    if is_installed():
        return metadata.version(NAME)
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def install(extra: str = "") -> str:
    """The shell command that installs what this program needs. extra: and what that needs, `hosted`."""
    if is_installed():
        return f"pip install '{NAME}[{extra}]'" if extra else f"pip install {NAME}"
    return f"pip install -r requirements{extra and f'-{extra}'}.txt"
