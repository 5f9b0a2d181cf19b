"""Where programs of the user's own lie: folders outside the repository, and installed packages.

Folders are named by `--variants-from`, by LENET_VARIANTS (parted as PATH is), and on the System page,
which keeps them in the data folder, one a line. A package names a module, or a package of modules, by
an entry point of the group `lenet_bench.variants`. Nothing here imports any of them.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from lenet.errors import BadInput, LeNetError
from lenet.files import read_text, write_whole
from lenet.home import Home, kept_in, open_home

GROUP = "lenet_bench.variants"
VARIABLE = "LENET_VARIANTS"
FILE = "variants-from.txt"

_endings: dict[Path, str] = {}
"""Folder -> what the names of its programs end in; '' for a folder that is not here."""


def files() -> list[Path]:
    """Every Python file that may hold a program, each once, in the order of the folders and names."""
    found = (file for place in places() for file in _in(place))
    return list(dict.fromkeys(found))


def places() -> list[Path]:
    """Every folder, or file of a package, that is looked into; it need not be there."""
    named = [*_listed(os.environ.get(VARIABLE, "").split(os.pathsep)), *_kept()]
    return list(dict.fromkeys([*named, *_of_packages()]))


def missing() -> list[str]:
    """A sentence for each folder that is named and cannot be looked into."""
    return [
        f"The folder of variants {place} is not there; make it, or take it out of {VARIABLE} or the System page."
        for place in places()
        if not place.exists()
    ]


@contextlib.contextmanager
def also_from(folders: Sequence[str]) -> Iterator[None]:
    """Look into these folders too, before all others, until the end of the `with` block. Raises
    BadInput for one that is not there."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = os.pathsep.join([*map(str, _checked(folders)), before or ""])
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


@contextlib.contextmanager
def set_apart(folder: str, ending: str) -> Iterator[None]:
    """Look into this folder too, its programs called after their files with `ending` behind: so two folders
    may have programs of the same names. Raises BadInput for one that is not there."""
    with also_from([folder]):
        place = existing(folder)
        _endings[place] = ending
        try:
            yield
        finally:
            del _endings[place]


def existing(folder: str) -> Path:
    """The folder by its absolute path. Raises BadInput for one that is not there."""
    return _checked([folder])[0]


def ending(file: Path) -> str:
    """What the name of a program ends in beyond its file's; '' for nothing."""
    return _endings.get(file.parent, "")


def kept(home: Home) -> list[str]:
    """The folders that the System page names."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return [line.strip() for line in read_text(home.root / FILE).splitlines() if line.strip()]
    return []


def keep(home: Home, folders: Sequence[str]) -> None:
    """Keep these folders in place of those before. Raises BadInput for one that is not there."""
    lines = [f"{folder}\n" for folder in _checked(folders)]
    with kept_in(home.root):
        write_whole(home.root / FILE, "".join(lines).encode())


def _checked(folders: Sequence[str]) -> list[Path]:
    found = _listed(folders)
    for folder in found:
        if not folder.is_dir():
            raise BadInput(f"There is no folder {folder}; name one with files of variants.")
        if os.pathsep in str(folder) or not str(folder).isprintable():
            raise BadInput(f"The folder {str(folder)!r} has a sign in its name that parts folders; rename it.")
    return found


def _listed(folders: Sequence[str]) -> list[Path]:
    return [Path(os.path.abspath(os.path.expanduser(folder.strip()))) for folder in folders if folder.strip()]


def _kept() -> list[Path]:
    with contextlib.suppress(LeNetError):
        return _listed(kept(open_home()))
    return []


def _in(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    with contextlib.suppress(OSError):
        return sorted(file for file in place.iterdir() if file.suffix == ".py" and file.name[0] not in "._")
    return []


@lru_cache(maxsize=1)
def _of_packages() -> tuple[Path, ...]:
    """The places that installed packages name; a package that is broken names none."""
    found = (_module(point.value.partition(":")[0]) for point in metadata.entry_points(group=GROUP))
    return tuple(place for place in found if place)


def _module(name: str) -> Path | None:
    """The folder of a package or the file of a module. Only the first part of its name is looked up,
    for Python would import that to find the rest."""
    first, *rest = name.split(".")
    with contextlib.suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(first)
        if spec and spec.submodule_search_locations:
            folder = Path(next(iter(spec.submodule_search_locations)), *rest)
            return folder if folder.is_dir() else folder.with_suffix(".py")
        if spec and spec.origin and not rest:
            return Path(spec.origin)
    return None
