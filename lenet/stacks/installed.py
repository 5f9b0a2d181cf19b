"""What stands in a folder of packages: from its files alone, nothing is imported."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path, PurePosixPath

from lenet.errors import StackError
from lenet.stacks.place import Place
from lenet.stacks.table import Stack, package_of

NAMED = re.compile(r"([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*([<>=!~;@(].*|--.*)?")
"""A requirement that begins with a distribution's name; a folder or an address does not."""
OF_EVERY_ENVIRONMENT = {"pip", "setuptools", "wheel"}


def normal(name: str) -> str:
    """A distribution's name as all its spellings are compared: 'Tensorflow_CPU' is
    'tensorflow-cpu'."""
    return re.sub(r"[-_.]+", "-", name).lower()


def find(package: str, folders: Iterable[str]) -> tuple[str, str] | None:
    """(name, version) of the distribution called `package`, or else of the one with which
    `import package` works: `tensorflow-cpu` and `tf-nightly` bring `tensorflow`."""
    path = list(folders)
    if called := next(iter(metadata.distributions(name=package, path=path)), None):
        return package, called.version
    if not any(_module(Path(folder), package) for folder in path):
        return None
    bringing = (one for one in metadata.distributions(path=path) if _brings(one, package))
    return next(((normal(one.metadata["Name"]), one.version) for one in bringing), None)


def bytes_of(package: str, folders: Iterable[str]) -> int | None:
    """That the files of a distribution take on the disk; None where it is not there."""
    found = next(iter(metadata.distributions(name=package, path=list(folders))), None)
    if found is None or not found.files:
        return None
    files = (Path(str(found.locate_file(file))) for file in found.files)
    return sum(file.stat().st_size for file in files if file.is_file())


def _module(folder: Path, name: str) -> bool:
    return (folder / name / "__init__.py").is_file() or (folder / f"{name}.py").is_file()


def _brings(distribution: metadata.Distribution, module: str) -> bool:
    if declared := distribution.read_text("top_level.txt"):
        return module in declared.split()
    wanted = {PurePosixPath(module, "__init__.py"), PurePosixPath(f"{module}.py")}
    return any(file in wanted for file in distribution.files or ())


def check(stack: Stack, place: Place) -> None:
    """Raise StackError when pip has ended well and yet not put into `place` what the stack needs.

    A requirement with a marker (`; python_version < "3"`) may be left out, but not all of them.
    """
    there = {normal(one.metadata["Name"]) for one in metadata.distributions(path=[str(place.site)])}
    lacking = [line for line in stack.requirements if ";" not in line and _lacks(there, line)]
    if lacking:
        raise _not_built(place, f"pip put no {package_of(lacking[0])} into it", ELSEWHERE)
    if not there - OF_EVERY_ENVIRONMENT:
        raise _not_built(place, "nothing that it requires is meant for this Python", MARKERS)


ELSEWHERE = (
    "`python -m pip config list` shows whether target, prefix, root or dry-run is set; "
    "unset it, or set PIP_CONFIG_FILE=/dev/null"
)
MARKERS = "correct the conditions behind ';' in its requirements, or choose another --python"


def _lacks(there: set[str], requirement: str) -> bool:
    if requirement.endswith(".whl"):
        return normal(package_of(requirement)) not in there
    named = NAMED.fullmatch(requirement.strip())
    return named is not None and normal(named[1]) not in there


def _not_built(place: Place, why: str, advice: str) -> StackError:
    return StackError(f"The stack {place.name!r} was not built ({why}); {advice} (log: {place.log}).")
