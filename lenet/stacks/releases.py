"""Which releases of a package are meant: those that the user names, or all that pip finds between two."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence

from packaging.version import InvalidVersion, Version

from lenet.errors import BadInput, LeNetError, StackError, Unavailable, Unreachable
from lenet.stacks import pip

BETWEEN = ".."
PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
LISTED = re.compile(r"^Available versions: (.+)$", re.MULTILINE)
SECONDS = 300
SUCH = "write two with '..' between them, such as 3.10..3.15, or some with commas, such as 3.10.0,3.12.4"


def named(package: str, text: str, python: str = "") -> tuple[str, ...]:
    """The releases in '3.10..3.15' or '3.10.0,3.12.4', the oldest first; two at least.

    Of those between two, both ends among them, pip says which there are for `python` ('3.6'; '' for the
    app's own): final ones, and pre-releases too where an end is one. Raises BadInput, and Unavailable or
    StackError when pip cannot be asked.
    """
    if not PACKAGE.fullmatch(package):
        raise BadInput(f"{package!r} is no package; name one as pip does, such as keras.")
    ends = text.split(BETWEEN)
    if len(ends) > 2:
        raise BadInput(f"{text!r} names no releases; {SUCH}.")
    found = _listed(text) if len(ends) == 1 else _between(package, _version(ends[0]), _version(ends[1]), python)
    if len(found) < 2:
        raise BadInput(f"{text!r} has {len(found)} release{'s' * (not found)} of {package}, and two at least are "
                       f"needed; {SUCH}.")  # fmt: skip
    return found


def _listed(text: str) -> tuple[str, ...]:
    return tuple(map(str, sorted({_version(part) for part in text.split(",") if part.strip()})))


def _version(text: str) -> Version:
    try:
        return Version(text.strip())
    except InvalidVersion:
        raise BadInput(f"{text.strip()!r} is no release; {SUCH}.") from None


def _between(package: str, low: Version, high: Version, python: str) -> tuple[str, ...]:
    if low > high:
        raise BadInput(f"{low} comes after {high}; name the older release first: {high}{BETWEEN}{low}.")
    there = known(package, python, pre=low.is_prerelease or high.is_prerelease)
    return tuple(str(one) for one in there if low <= one <= high)


def same(one: str, other: str) -> bool:
    """Whether two spell the same release: 3.10 and 3.10.0, 2.13.0 and its build 2.13.0+cpu."""
    try:
        return Version(Version(one).public) == Version(Version(other).public)
    except InvalidVersion:
        return one == other


def known(package: str, python: str = "", *, pre: bool = False) -> list[Version]:
    """The releases that pip finds with the user's settings for an index, the oldest first. Raises BadInput
    when there are none, Unavailable or StackError when pip cannot be asked."""
    flags = ["--disable-pip-version-check", *(["--pre"] if pre else [])]
    flags += ["--python-version", python] if python else []
    said = _asked([sys.executable, "-m", "pip", "index", "versions", *flags, package])
    listed = LISTED.search(said)
    if listed is None:
        raise _unknown(package, said)
    # Builds of one release (2.13.0+cpu) are one release, of which pip takes the one that suits.
    return sorted({Version(_version(part).public) for part in listed[1].split(",")})


def _asked(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=SECONDS, env=pip.environment(),
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise StackError(f"pip did not say within {SECONDS} s which releases there are; try again.") from error
    except OSError as error:
        raise Unavailable(f"pip cannot be asked ({error.strerror}); name the releases: 3.10.0,3.12.4.") from error
    return f"{done.stderr}\n{done.stdout}"


def _unknown(package: str, said: str) -> LeNetError:
    if "No module named pip" in said:
        return Unavailable("This Python has no pip that could be asked; name the releases: 3.10.0,3.12.4.")
    if re.search(pip.OFFLINE, said):
        return Unreachable(f"pip cannot reach its index to ask for releases of {package}; check the network.")
    if "No matching distribution" in said:
        return BadInput(f"pip finds no release of {package!r}; check its name, and pip's index settings.")
    return StackError(f"pip did not say which releases of {package} there are ({pip.last_line(said.splitlines())}).")
