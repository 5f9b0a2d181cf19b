"""Finds a Python of a given version on this machine, by running each candidate."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from lenet.errors import Unavailable

SYSTEM_FOLDERS = (Path("/usr/bin"), Path("/usr/local/bin"))
SECONDS = 20
# A Python without ensurepip (Debian's, before python3-venv is installed) cannot make a stack.
QUESTION = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"


def find(version: str | None) -> Path:
    """An interpreter of `version` ('3.6'; None: the app's own) that can make virtual environments.

    Raises Unavailable with the places searched, or when LENET_PYTHON<XY> names a program that does
    not suit.
    """
    if version is None:
        return Path(sys.executable)
    named = os.environ.get(variable(version))
    if named:
        if answers(Path(named), version):
            return Path(named)
        raise Unavailable(f"{variable(version)} is {named}, which is no working Python {version}; correct or unset it.")
    for candidate in candidates(version):
        if answers(candidate, version):
            return candidate
    raise Unavailable(
        f"No Python {version} was found (looked at {variable(version)}, python{version} on PATH, "
        f"{_pyenv() / 'versions'}, {', '.join(map(str, SYSTEM_FOLDERS))} and uv); "
        f"get one, for instance with `pyenv install {version}`, or set {variable(version)} to its path."
    )


def variable(version: str) -> str:
    """The environment variable that names the interpreter, such as LENET_PYTHON36."""
    return "LENET_PYTHON" + version.replace(".", "")


def candidates(version: str) -> Iterator[Path]:
    """Paths that may be a Python of `version`, the likeliest first."""
    program = f"python{version}"
    yield Path(sys.executable)
    on_path = shutil.which(program)
    if on_path:
        yield Path(on_path)
    for folder in sorted((_pyenv() / "versions").glob(f"{version}.*"), reverse=True):
        yield folder / "bin" / program
    for folder in SYSTEM_FOLDERS:
        yield folder / program
    yield from _from_uv(version)


def _pyenv() -> Path:
    return Path(os.path.expanduser(os.environ.get("PYENV_ROOT") or "~/.pyenv"))  # as it stands where nobody has a home


def _from_uv(version: str) -> Iterator[Path]:
    uv = shutil.which("uv")
    if uv:
        path = _output([uv, "python", "find", "--no-python-downloads", version])
        if path:
            yield Path(path)


def answers(python: Path, version: str) -> bool:
    """Whether `python` runs, has this version and can make environments (some pyenv shims
    cannot)."""
    return _output([str(python), "-c", QUESTION]) == version


def _output(command: list[str]) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, env=environment, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def version(python: Path) -> str:
    """The full version of a Python, such as '3.6.15'; '' when it does not run."""
    return _output([str(python), "-c", "import platform; print(platform.python_version())"])
