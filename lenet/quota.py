"""How many cores' worth of time this process may use: a container's quota, which no affinity mask
shows."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

PROCESS = Path("/proc/self")


def whole_cores(present: int) -> int:
    """How many of the cores that are present the quota allows to be busy all the time; 1 at
    least."""
    allowed = cores()
    return present if allowed is None else min(present, max(1, int(allowed)))


def cores() -> float | None:
    """The least that any control group of this process allows, such as 1.5; None without a
    quota."""
    try:
        folders = list(_folders())
    except ValueError:  # a system that writes these files otherwise
        return None
    found = [_of_version_2(folder) for folder in folders] + [_of_version_1(folder) for folder in folders]
    return min((quota for quota in found if quota is not None), default=None)


def _folders() -> Iterator[Path]:
    """The group of this process, and those above it, in every hierarchy that may limit
    processors."""
    groups = _groups()
    for kind, root, mount in _mounts():
        if kind in groups:
            inside = os.path.relpath(groups[kind], root)
            folder = mount if inside.startswith("..") else mount / inside
            yield folder
            yield from (above for above in folder.parents if above.is_relative_to(mount))


def _groups() -> dict[str, str]:
    """The path of this process's group: under 'cgroup2' in version 2, under 'cgroup' in version
    1."""
    found = {}
    for line in _lines(PROCESS / "cgroup"):
        _, controllers, path = line.split(":", 2)
        if not controllers:
            found["cgroup2"] = path
        elif "cpu" in controllers.split(","):
            found["cgroup"] = path
    return found


def _mounts() -> Iterator[tuple[str, str, Path]]:
    """(file system, which part of it, where) of every mounted hierarchy that may limit
    processors."""
    for line in _lines(PROCESS / "mountinfo"):  # its format: proc_pid_mountinfo(5)
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        if kind == "cgroup2" or (kind == "cgroup" and "cpu" in options.split(",")):
            root, mount = before.split(" ")[3:5]
            yield kind, root, Path(mount.replace("\\040", " "))


def _of_version_2(folder: Path) -> float | None:
    return _quotient(_words(folder / "cpu.max"))


def _of_version_1(folder: Path) -> float | None:
    return _quotient(_words(folder / "cpu.cfs_quota_us") + _words(folder / "cpu.cfs_period_us"))


def _quotient(words: list[str]) -> float | None:
    """Microseconds allowed in each period, and the period; 'max' and -1 are no limit."""
    if len(words) != 2 or not all(word.isdecimal() for word in words) or "0" in words:
        return None
    return int(words[0]) / int(words[1])


def _words(file: Path) -> list[str]:
    return " ".join(_lines(file)).split()


def _lines(file: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    return []
