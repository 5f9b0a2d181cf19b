"""Writes the start of a variant of one's own: a shipped one, told to be changed, in the form that a
file outside the repository has."""

from __future__ import annotations

import ast
import dataclasses
import json
from pathlib import Path
from typing import Any

from lenet.catalog import own, source_text
from lenet.catalog.entries import Variant, parse
from lenet.catalog.variants import VARIANTS
from lenet.errors import BadInput

BASES = {
    "torch": "pytorch_eager",
    "jax": "jax_jit",
    "tensorflow": "tensorflow_function",
    "keras": "keras_fit",
    "numpy": "numpy_reference",
}
"""Framework -> the variant whose program a new one starts from."""


def write(name: str, framework: str, folder: Path) -> Path:
    """Write the start of the variant `name` into a folder, which is made where it is not there.

    Raises BadInput for a name that no variant of one's own may have, and where the file is there.
    """
    file = folder / f"{name}.py"
    text = _text(name, VARIANTS[BASES[framework]])
    own.check_name(name, file)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError as error:
        raise BadInput(f"{error.filename} is there already, and stays as it is; choose another name.") from error
    except OSError as error:
        raise BadInput(f"{file} cannot be written ({error.strerror}); choose another folder.") from error
    return file


def _text(name: str, base: Variant) -> str:
    text = source_text.read(base.file)
    tree = parse(text)
    lines = source_text.lines(text)
    begin = tree.body[0].end_lineno or 0
    end = next(node.end_lineno or 0 for node in reversed(tree.body) if isinstance(node, ast.Import | ast.ImportFrom))
    head = [
        f'"""{_title(name)}: starts as the {base.title} of LeNet Bench; change what you want to race."""',
        *lines[begin:end],
        "",
        f"{own.TABLE} = {{",
        *(f"    {json.dumps(key)}: {_value(value)}," for key, value in _values(name, base).items()),
        "}",
    ]
    return "\n".join([*head, *lines[end:]]) + "\n"


def _title(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _values(name: str, base: Variant) -> dict[str, Any]:
    """What the dictionary says: all that the base says otherwise than a variant does by itself, but
    for its caveats, which are long."""
    usual = {field.name: field.default for field in dataclasses.fields(Variant)}
    said = {key: value for key in own.KEYS if (value := getattr(base, key)) and value != usual[key]}
    said.pop("caveats", None)
    return {**said, "title": _title(name), "written_as": base.written_as}


def _value(value: Any) -> str:
    """As Python writes it, and the linters of most projects like it."""
    plain = list(value) if isinstance(value, tuple) else value
    return repr(plain) if isinstance(plain, bool | int) else json.dumps(plain, ensure_ascii=False)
