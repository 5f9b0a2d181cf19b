"""Looks stacks up, and keeps the user's own in `stacks.toml` in the data folder, one table each.

[tf216]
requirements = ["tensorflow==2.16.2"]
python = "3.11"

[keras310]
requirements = ["keras==3.10.0"]
on = "jax"
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lenet.errors import BadInput, StoreError
from lenet.files import read_text
from lenet.home import Home
from lenet.stacks.table import SHIPPED, Stack, package_of

KEYS = ("requirements", "python", "on", "made_by")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
PYTHON = re.compile(r"3\.(\d+)")
OLDEST_PYTHON = 6
LISTED = 4
"""So many requirements stand in a stack's title."""


def file_of(home: Home) -> Path:
    """The path of the user's file, which need not exist."""
    return home.root / "stacks.toml"


def known(home: Home) -> dict[str, Stack]:
    """Name -> stack, for all stacks; without the user's when their file is wrong (`mistake`)."""
    try:
        return {**SHIPPED, **read(home)}
    except BadInput:
        return dict(SHIPPED)


def find(home: Home, name: str) -> Stack:
    """The stack called `name`. Raises BadInput when there is none, or the user's file is wrong."""
    if name in SHIPPED:
        return SHIPPED[name]
    own = read(home)
    if name not in own:
        raise BadInput(f"There is no stack {name!r}; `python -m lenet stacks` lists them.")
    return own[name]


def read(home: Home) -> dict[str, Stack]:
    """Name -> stack, for the user's stacks. Raises BadInput, one sentence, for a wrong file."""
    file = file_of(home)
    tables = _load(file)
    try:
        return {name: _stack(name, table) for name, table in tables.items()}
    except BadInput as error:
        raise BadInput(f"{file}: {error}") from error


def mistake(home: Home) -> str:
    """The mistake in the user's file, in one sentence; '' when it has none."""
    try:
        read(home)
    except BadInput as error:
        return str(error)
    return ""


def _load(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(file))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{file} is not valid TOML ({error}); correct it or remove it.") from error
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror}); correct its permissions or remove it.") from error


def _stack(name: str, table: Any) -> Stack:
    _check_name(name)
    if not isinstance(table, dict):
        raise BadInput(f'{name!r} is not a table; write [{name}] and below it requirements = ["package==1.0"].')
    for key in table:
        if key not in KEYS:
            raise BadInput(f"The stack {name!r} has the unknown key {key!r}; the keys are {', '.join(KEYS)}.")
    return make(name, **{"requirements": None, **table})


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise BadInput(f"{name!r} cannot name a stack; use small letters and digits, then also '.', '_' and '-'.")
    if name in SHIPPED:
        raise BadInput(f"The stack {name!r} comes with the program; choose another name.")


def make(name: str, requirements: Any, python: Any = None, on: Any = "", made_by: Any = "") -> Stack:
    """Make a stack of the user's own; the fields are those of `Stack`. Raises BadInput when something about
    it is wrong."""
    _check_name(name)
    if not isinstance(requirements, list | tuple) or not requirements:
        raise BadInput(f'The stack {name!r} needs requirements, a list such as ["tensorflow==2.16.2"].')
    for requirement in requirements:
        _check_requirement(name, requirement)
    if python is not None:
        _check_python(name, python)
    if on:
        _check_on(name, on, python)
    whose = f"Made by {made_by}" if made_by else "Your own"
    title = f"{whose}: {_listed(requirements)}{f', on {on}' if on else ''}"
    packages = tuple(package_of(requirement) for requirement in requirements)
    return Stack(name, title, packages, tuple(requirements), python, shipped=False, on=on, made_by=str(made_by))


def _listed(requirements: Sequence[str]) -> str:
    """The first of them: a file may name a hundred."""
    more = len(requirements) - LISTED
    return ", ".join(requirements[:LISTED]) + (f" and {more} more" if more > 0 else "")


def _check_requirement(name: str, requirement: Any) -> None:
    if not isinstance(requirement, str) or not requirement.isprintable() or not re.match(r"[\w./]", requirement):
        raise BadInput(
            f"The stack {name!r} has the requirement {requirement!r}; write a package such as 'tensorflow==2.16.2'."
        )


def _check_python(name: str, python: Any) -> None:
    match = PYTHON.fullmatch(python) if isinstance(python, str) else None
    if match is None or int(match[1]) < OLDEST_PYTHON:
        raise BadInput(f"The stack {name!r} has the Python {python!r}; write a version from '3.6' on, such as '3.11'.")


def _check_on(name: str, on: Any, python: Any) -> None:
    if not isinstance(on, str) or not NAME.fullmatch(on) or on == name:
        raise BadInput(f"The stack {name!r} stands on {on!r}, which names no other stack; write one, such as 'jax'.")
    if python is not None:
        raise BadInput(f"The stack {name!r} has the Python of {on!r}, on which it stands; leave its own out.")


def beneath(home: Home, stack: Stack) -> Stack | None:
    """The stack on which `stack` stands; None for one that stands alone. Raises BadInput when it is not
    there, or stands on another itself."""
    if not stack.on:
        return None
    found = find(home, stack.on)
    if found.on:
        raise BadInput(f"The stack {stack.on!r} stands on {found.on!r} itself; let {stack.name!r} stand on that.")
    return found


def add(home: Home, stack: Stack) -> None:
    """Append `stack` to the user's file. Raises BadInput when the name is taken or the file is
    wrong."""
    with _held(home):
        if stack.name in read(home):
            raise BadInput(
                f"There is a stack {stack.name!r} already; `python -m lenet stacks remove {stack.name}` first."
            )
        file = file_of(home)
        text = read_text(file).rstrip("\n") + "\n\n" if file.exists() else ""
        _write(file, text.lstrip("\n") + _table(stack))


def forget(home: Home, name: str) -> None:
    """Remove `name` from the user's file; everything else in it stays as it is."""
    file = file_of(home)
    with _held(home):
        expected = _load(file)
        expected.pop(name, None)
        text = _without(read_text(file), name)
        if _reads_as(text) != expected:
            raise BadInput(
                f"The table [{name}] in {file} is written in an unusual way; remove it there with an editor."
            )
        _write(file, text)


@contextlib.contextmanager
def _held(home: Home) -> Iterator[None]:
    """Lock the user's file from reading to writing; a second process waits."""
    lock = file_of(home).with_name(".stacks.toml.lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise _unwritable(lock, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _table(stack: Stack) -> str:
    lines = [f"[{_key(stack.name)}]", f"requirements = {json.dumps(list(stack.requirements), ensure_ascii=False)}"]
    if stack.python:
        lines.append(f'python = "{stack.python}"')
    lines += [f'{key} = "{value}"' for key, value in (("on", stack.on), ("made_by", stack.made_by)) if value]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return f'"{name}"' if "." in name else name


def _without(text: str, name: str) -> str:
    head = re.compile(r"\s*\[\s*[\"']?" + re.escape(name) + r"[\"']?\s*\]")
    kept, inside = [], False
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("["):
            inside = bool(head.match(line))
        if not inside:
            kept.append(line)
    return "".join(kept)


def _reads_as(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _write(file: Path, text: str) -> None:
    """Write the whole file or nothing. Raises StoreError."""
    unfinished = file.with_suffix(".part")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(file)
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(file: Path, error: OSError) -> StoreError:
    return StoreError(f"{file} cannot be written ({error.strerror}); free some space or see to its folder.")
