"""Variants of the user's own: one file each, which says itself what it is.

The file has a class `LeNet` that keeps the contract in `lenet/variants/__init__.py`, and a dictionary
of constants::

    VARIANT = {"title": "My loop", "packages": ["torch"], "stack": "torch", "written_as": "tutorial"}

It is read from the text: this process never imports the file. One that cannot be used is a variant
too, with a `fault` that says why, so that it is shown wherever variants are.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

from lenet.catalog import folders, source_text
from lenet.catalog.entries import Variant, WrittenAs, parse
from lenet.catalog.entry import Entry
from lenet.catalog.ladders import RUNGS
from lenet.catalog.variants import VARIANTS
from lenet.errors import BadInput

TABLE, CLASS = "VARIANT", "LeNet"
CONTRACT = "lenet/variants/__init__.py"
LONGEST_TITLE = 60
PROGRAMS = "programs"
"""Under which the record of a machine keeps what was raced on it and does not ship."""
MARKUP = frozenset("<>&")
"""Signs that a chart would take for markup."""


class Key(NamedTuple):
    """A key of the dictionary: what its value must be, and whether that is so."""

    meaning: str
    fits: Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def _texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_text, value))


def _title(value: Any) -> bool:
    return _text(value) and len(value) <= LONGEST_TITLE and not MARKUP & set(value)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


KEYS = {
    "title": Key(f"a text of at most {LONGEST_TITLE} signs without {' '.join(sorted(MARKUP))}", _title),
    "packages": Key('a list of distributions, such as ["torch"]', _texts),
    "stack": Key("the name of a stack; `python -m lenet stacks` lists them", _text),
    "written_as": Key(f"one of {', '.join(get_args(WrittenAs))}", lambda value: value in get_args(WrittenAs)),
    "owns_loop": Key("True or False", _flag),
    "shuffles": Key("True or False", _flag),
    "running_loss": Key("True or False", _flag),
    "batches_per_call": Key("1 or 5", lambda value: not isinstance(value, bool) and value in (1, 5)),
    "work": Key('a list of verbs, such as ["counts accuracy"]', _texts),
    "caveats": Key("a list of sentences", _texts),
    "environment": Key(
        "a dictionary of texts", lambda value: isinstance(value, dict) and _texts([*value, *value.values()])
    ),
}
"""All keys of the dictionary; the fields of `Variant` say what they mean."""
NEEDED = ("title", "packages")


def known() -> dict[str, Variant]:
    """Name -> variant, for all of the user's own, those with a fault among them."""
    found: dict[str, list[Path]] = {}
    for file in folders.files():
        found.setdefault(_name(file), []).append(file)
    made = ((name, _one(name, those)) for name, those in found.items() if not ships(name))
    return {name: variant for name, variant in made if variant}


def find(name: str) -> Variant | None:
    """The user's own variant of this name; None when there is none."""
    return None if ships(name) else _one(name, _called(name))


def refuse_clashes(names: Iterable[str]) -> None:
    """Raise BadInput where a file of the user's own has the name of a variant that ships, for then
    nobody could tell which of them is meant."""
    for name in names:
        clash = next((file for file in _called(name) if ships(name) and read(file)), None)
        if clash:
            check_name(name, clash)


def faults() -> list[str]:
    """What is wrong with the user's folders, one sentence each; the fault of a variant is its own."""
    found = folders.missing()
    for name in dict.fromkeys(map(_name, folders.files())):
        try:
            refuse_clashes([name])
        except BadInput as error:
            found.append(str(error))
    return found


def of_file(file: Path) -> Variant:
    """The variant in one file, wherever it lies. Raises BadInput when there is none."""
    if not file.is_file():
        raise BadInput(f"There is no file {file}; name a variant, or a file with one.")
    found = read(file.absolute())
    if found is None:
        raise BadInput(
            f"{file} has no {TABLE} and no class {CLASS}; `python -m lenet new variant NAME` writes a start."
        )
    return found


def read(file: Path) -> Variant | None:
    """The variant in a file; None for a file that only others import: it has neither the dictionary
    nor the class."""
    try:
        state = file.stat()
        return _read(file, state.st_mtime_ns, state.st_size)
    except OSError as error:
        return _faulty(file, f"{file} cannot be read ({error.strerror}); correct its permissions or remove it.")


def _called(name: str) -> list[Path]:
    return [file for file in folders.files() if _name(file) == name]


def _name(file: Path) -> str:
    return file.stem + folders.ending(file)


def ships(name: str) -> bool:
    """Whether a variant or rung of this name comes with the program."""
    return name in VARIANTS or name in RUNGS


def _one(name: str, files: Iterable[Path]) -> Variant | None:
    there = [variant for variant in map(read, files) if variant]
    if len(there) > 1:
        both = " and ".join(variant.path for variant in there[:2])
        return _faulty(there[0].file, f"Two files are called {name}: {both}; rename one of them.")
    return _called_apart(there[0]) if there else None


def _called_apart(variant: Variant) -> Variant:
    """The variant as it is called where its folder is set apart; its title still is one."""
    ending = folders.ending(variant.file)
    if not ending:
        return variant
    said = f" ({ending.strip('_')})"
    return replace(variant, name=variant.name + ending, title=variant.title[: LONGEST_TITLE - len(said)] + said)


def _faulty(file: Path, fault: str) -> Variant:
    return Variant(file.stem, file.stem, (), module=file.stem, path=str(file), fault=fault)


@lru_cache(maxsize=512)
def _read(file: Path, changed: int, size: int) -> Variant | None:
    """Like `read`, but cached until the file changes: its time in ns, or its size in bytes."""
    try:
        tree = parse(source_text.read(file))
    except (SyntaxError, ValueError):
        return _faulty(file, "")  # its `mistake` says where
    table, made = _assigned(tree, TABLE), _defined(tree)
    if table is None and made is None:
        return None
    try:
        return _variant(file, table, made)
    except BadInput as error:
        return _faulty(file, str(error))


def _variant(file: Path, table: ast.expr | None, made: ast.stmt | None) -> Variant:
    check_name(file.stem, file)
    if table is None:
        raise BadInput(f'{file} has no {TABLE}; write {TABLE} = {{"title": "...", "packages": ["..."]}} at its top.')
    values = _values(file, table)
    if made is None:
        raise BadInput(f"{file} has no class {CLASS}; write one that keeps the contract in {CONTRACT}.")
    if file.stem in values["packages"]:
        raise BadInput(f"{file} is called like a package that it needs, and would replace it; rename the file.")
    owns_loop = isinstance(made, ast.ClassDef) and any(getattr(one, "name", "") == "fit" for one in made.body)
    return Variant(file.stem, module=file.stem, path=str(file), **{"owns_loop": owns_loop, **values})


def check_name(name: str, file: Path) -> None:
    """Raise BadInput where this cannot be the name of a variant of one's own, and so of its file."""
    if ships(name):
        raise BadInput(f"{file} has the name of a variant that ships with LeNet Bench; choose another.")
    if name in sys.stdlib_module_names:
        raise BadInput(f"{file} is called like a module of Python's, and would replace it; choose another name.")
    if not (name.isidentifier() and name.isascii() and len(name) <= LONGEST_TITLE):
        raise BadInput(f"{file} cannot name a variant; use letters, digits and _, at most {LONGEST_TITLE} of them.")


def _values(file: Path, table: ast.expr) -> dict[str, Any]:
    try:
        values = ast.literal_eval(table)
    except (ValueError, TypeError, SyntaxError) as error:
        raise BadInput(f"{_at(file, table)}: {TABLE} is computed; write texts, lists, True and False alone.") from error
    if not isinstance(values, dict):
        raise BadInput(
            f'{_at(file, table)}: {TABLE} must be a dictionary; write {{"title": "...", "packages": [...]}}.'
        )
    for name, value in values.items():
        where = _at(file, _node(table, name))
        if name not in KEYS:
            raise BadInput(f"{where}: {TABLE} has {name!r}, which means nothing here; it may have {', '.join(KEYS)}.")
        if not KEYS[name].fits(value):
            raise BadInput(f"{where}: {name} is {value!r}; write {KEYS[name].meaning}.")
    for name in NEEDED:
        if name not in values:
            raise BadInput(f"{_at(file, table)}: {TABLE} has no {name!r}; write {KEYS[name].meaning}.")
    return values


def line_of(file: Path, key: str) -> str:
    """Where a file's dictionary has a key, as 'FILE, line 3: '; its own line where it has not."""
    table = _assigned(parse(source_text.read(file)), TABLE)
    return f"{_at(file, _node(table, key))}: " if table else f"{file}: "


def _at(file: Path, node: ast.expr) -> str:
    return f"{file}, line {node.lineno}"


def _node(table: ast.expr, key: str) -> ast.expr:
    keys = table.keys if isinstance(table, ast.Dict) else []
    return next((one for one in keys if isinstance(one, ast.Constant) and one.value == key), table)


def _assigned(tree: ast.Module, name: str) -> ast.expr | None:
    """The value that a module gives a name."""
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            assert isinstance(node, ast.Assign | ast.AnnAssign)
            return node.value
    return None


def _defined(tree: ast.Module) -> ast.stmt | None:
    """Where a module gets its class from: it defines it, imports it or assigns it, perhaps under a
    condition."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == CLASS:
            return node
        if isinstance(node, ast.ImportFrom) and any((one.asname or one.name) == CLASS for one in node.names):
            return node
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == CLASS for t in node.targets):
            return node
    return None


# What is kept with an experiment

_titles: dict[str, str] = {}
"""The titles of programs that stored experiments raced, as those were last read."""


def recorded(entries: Iterable[str]) -> dict[str, Any]:
    """What is kept of the user's own programs among these, by name: their titles, and their files as
    they stand, with those beside them that they import; empty when there are none."""
    names = dict.fromkeys(Entry.parse(entry).name for entry in entries)
    found = {name: variant for name in names if (variant := find(name)) and not variant.mistake()}
    programs = {name: {"title": variant.title, "files": _texts_of(variant)} for name, variant in found.items()}
    return {PROGRAMS: programs} if programs else {}


def _texts_of(variant: Variant) -> dict[str, str]:
    mine = (file for file in variant.sources() if file.parent == variant.file.parent)
    return {file.name: source_text.read(file) for file in mine}


def programs_of(machine: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What `recorded` had put into the record of a machine, as far as it is well-formed: an imported
    file says what it likes. It is shown, and never run."""
    found = machine.get(PROGRAMS)
    told = found.items() if isinstance(found, dict) else ()
    return {name: program for name, program in told if isinstance(program, dict) and _well_formed(program)}


def _well_formed(program: Mapping[str, Any]) -> bool:
    texts = program.get("files")
    return (
        _title(program.get("title"))
        and isinstance(texts, dict)
        and all(isinstance(text, str) for text in (*texts, *texts.values()))
    )


def remember(machine: Mapping[str, Any]) -> None:
    """Call programs as this stored experiment does, where their files are gone."""
    _titles.update({name: program["title"] for name, program in programs_of(machine).items()})


def remembered(name: str) -> str | None:
    """The title that a stored experiment gave a program; None where none did."""
    return _titles.get(name)
