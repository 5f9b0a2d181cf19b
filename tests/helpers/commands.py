"""Check a command that a document names: its program, its options, its variants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from lenet import catalog
from lenet.catalog import ladder_file
from lenet.cli.main import main
from lenet.errors import BadInput
from lenet.settings import OPTIONS, Settings
from tests.helpers.places import ROOT

OURS = ("lenet", "audit", "tests", "tools")
SHELLS = ("lenet", "audit.planted")
"""Modules that take the commands of `python -m lenet`."""
READERS = ("my_", "~/")
"""How variants and files begin that are the reader's own."""
PLANTED = re.compile(r"_slower_[\d.]+(?:%|us)$")


def mistake(command: Sequence[str]) -> str:
    """The mistake in a command, as a sentence; '' for a right command."""
    if command[0] == "lenet":
        return _wrong_words(list(command[1:]))
    if command[0] == "make":
        return _wrong_targets(command[1:])
    if command[:2] == ["python", "-W"]:
        return mistake(["python", *command[3:]])
    if command[:2] == ["python", "-m"] and command[2].partition(".")[0] in OURS:
        return _wrong_module(command[2], list(command[3:]))
    return ""


def named(commands: Iterator[list[str]]) -> set[str]:
    """The full names of those commands that are `python -m lenet`'s, or `lenet`'s, as it is called once installed."""
    known = (["python", "-m", "lenet"], ["lenet"])
    ours = [command[len(start) :] for command in commands for start in known if command[: len(start)] == start]
    return {_leaf(words)[0] for words in ours}


def leaves(group: click.Group = main, before: str = "") -> Iterator[str]:
    """The full name of every command of the shell."""
    for name, command in group.commands.items():
        path = f"{before} {name}".strip()
        if isinstance(command, click.Group):
            yield from leaves(command, path)
        else:
            yield path


def _wrong_targets(targets: Sequence[str]) -> str:
    known = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return ", ".join(f"make has no target {target}" for target in targets if target not in known)


def _wrong_module(name: str, words: list[str]) -> str:
    if name in SHELLS:
        return _wrong_words(words)
    file = _file(name)
    if file is None:
        return f"there is no module {name}"
    source = file.read_text(encoding="utf-8")
    options = [word for word in words if word.startswith("-")]
    return ", ".join(f"{name} has no {option}" for option in options if option not in source)


def _file(module: str) -> Path | None:
    """The file that `python -m MODULE` runs."""
    place = ROOT / module.replace(".", "/")
    files = (place.with_suffix(".py"), place / "__main__.py")
    return next((file for file in files if file.is_file()), None)


def _leaf(words: list[str]) -> tuple[str, click.Command, list[str]]:
    """The command at the beginning of `words`: its full name, the command, the words after it.

    Raises KeyError for an unknown command.
    """
    command: click.Command = main
    path = []
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        path.append(words[0])
        command, words = command.commands[words[0]], words[1:]
    return " ".join(path), command, words


def _wrong_words(words: list[str]) -> str:
    try:
        _, command, rest = _leaf(words)
        values, _, _ = command.make_parser(click.Context(command)).parse_args(rest)
        given = {name: value for name, value in values.items() if isinstance(value, str | tuple)}
        _check(command, given)
    except KeyError as error:
        return f"there is no command {error}"
    except click.UsageError as error:
        return error.format_message()
    except BadInput as error:
        return str(error)
    return ""


def _check(command: click.Command, values: Mapping[str, Any]) -> None:
    """Raise BadInput for a setting, a preset, a variant or a ladder that does not exist."""
    Settings.parse({name: values[name] for name in OPTIONS if values.get(name) is not None})
    if values.get("preset_name"):
        catalog.preset(values["preset_name"])
    for name in _variants(command, values):
        if not (name.partition("@")[0].isupper() or name.startswith(READERS)):  # NAME stands for any variant
            catalog.variant(PLANTED.sub("", name))
    ends = values.get("words") if command.name == "ladder" else None
    if ends and not ends[-1].endswith(".toml"):
        ladder_file.named(ends)


def _variants(command: click.Command, values: Mapping[str, Any]) -> Iterator[str]:
    """The variants in an option, between commas, and in the arguments of `check`, `trend` ..."""
    for parameter in command.params:
        value = values.get(parameter.name or "", ())
        if {"--variants", "--variant"} & set(parameter.opts) and value:
            yield from value.split(",")
        elif isinstance(parameter, click.Argument) and (
            command.name == "check" or "VARIANT" in parameter.make_metavar(click.Context(command))
        ):
            yield from [value] if isinstance(value, str) else value
