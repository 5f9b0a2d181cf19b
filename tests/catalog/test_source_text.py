"""Sources are read as Python reads them, wherever the program reads one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from lenet import catalog
from lenet.analysis import sources
from lenet.catalog import Variant, entries, ladder_file, source_text
from lenet.errors import BadInput
from lenet.home import Home
from lenet.stacks import own_stacks

TEXT = '"""Über Jürgen."""\nname = "ö"\n'
READABLE = {
    "a mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "a mark and a coding line": b"\xef\xbb\xbf# coding: utf-8\n" + TEXT.encode(),
    "latin-1": b"# -*- coding: latin-1 -*-\n" + TEXT.encode("latin-1"),
    "the second line, after a name in latin-1": "# Jürgen\n# coding: latin-1\n".encode("latin-1")
    + TEXT.encode("latin-1"),
    "cp1252, as vim writes it": b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n" + TEXT.encode("cp1252"),
    "Windows' ends of lines": TEXT.replace("\n", "\r\n").encode(),
}
REFUSED = {
    "latin-1 that nothing announces": (TEXT.encode("latin-1"), "it is not text in UTF-8"),
    "another encoding than it says": (
        b"# coding: ascii\n" + TEXT.encode(),
        "it is not text in ASCII",
    ),
    "an encoding that nobody knows": (b"# coding: martian\nx = 1\n", "unknown encoding: martian"),
    "a codec that is no encoding": (b"# coding: rot13\nx = 1\n", "unknown encoding: rot13"),
    "a mark and another encoding": (
        b"\xef\xbb\xbf# coding: latin-1\nx = 1\n",
        "encoding problem: utf-8",
    ),
}
LADDER = 'title = "Über"\nstart = "keras_fit"\n[[changes]]\ntitle = "A"\nafter = "keras_lean"\n'
MARKED = [b"\xef\xbb\xbf" + LADDER.encode(), LADDER.replace("\n", "\r\n").encode(), LADDER.encode()]


@pytest.fixture
def variant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Variant:
    """A variant whose file the test writes."""
    monkeypatch.setattr(entries, "_file", lambda module: tmp_path / "ghost.py")
    return Variant("ghost", "Ghost", ("numpy",), module="tests.helpers.planted.ghost")


@pytest.mark.parametrize("content", READABLE.values(), ids=READABLE)
def test_what_python_reads_is_read(variant: Variant, content: bytes) -> None:
    assert ast.get_docstring(ast.parse(content)) == "Über Jürgen."
    variant.file.write_bytes(content)
    assert variant.mistake() == "" and variant.source_hash()
    assert sources.docstring(variant) == "Über Jürgen."
    assert sources.program(variant) == 'name = "ö"'
    assert sources.lines(variant)[-2:] == TEXT.splitlines()


def test_how_a_program_is_written_down_changes_nothing_of_it(variant: Variant) -> None:
    hashes = set()
    for content in (*READABLE.values(), TEXT.encode()):
        variant.file.write_bytes(content)
        hashes.add(variant.source_hash())
    assert len(hashes) == 1


@pytest.mark.parametrize(("content", "why"), REFUSED.values(), ids=REFUSED)
def test_what_python_refuses_is_refused_and_still_shown(variant: Variant, content: bytes, why: str) -> None:
    with pytest.raises(SyntaxError):
        compile(content, "ghost.py", "exec")
    variant.file.write_bytes(content)
    assert f"cannot be read as Python ({why}" in variant.mistake() and variant.source_hash() == ""
    assert len(sources.lines(variant)) == content.count(b"\n")
    assert sources.docstring(variant)[-5:] in ("", "rgen.") and sources.program(variant)


def test_of_a_file_that_is_missing_or_empty_nothing_is_shown(variant: Variant) -> None:
    for content in (None, b""):
        if content is not None:
            variant.file.write_bytes(content)
        assert (sources.lines(variant), sources.docstring(variant), sources.program(variant)) == (
            [],
            "",
            "",
        )


@pytest.mark.parametrize("inside", ["\f", "\u2028", "\x1c"])
def test_lines_are_those_that_python_counts(variant: Variant, inside: str) -> None:
    variant.file.write_text(f'"""Above{inside}below."""\nx = 1\n', encoding="utf-8")
    assert len(sources.lines(variant)) == 2 and sources.program(variant) == "x = 1"


def test_every_shipped_file_has_the_lines_that_it_had() -> None:
    for one in catalog.VARIANTS.values():
        assert source_text.lines(source_text.read(one.file)) == one.file.read_text().splitlines()


@pytest.mark.parametrize("content", MARKED)
def test_a_ladder_may_have_a_mark(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(content)
    assert ladder_file.named([str(file)]).title == "Über"


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_ladder_in_another_encoding_is_said(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(LADDER.encode(encoding))
    with pytest.raises(BadInput, match=r"is not text in UTF-8, so it is not TOML; save it as UTF-8\.$"):
        ladder_file.named([str(file)])


def test_the_table_of_stacks_may_have_a_mark(tmp_path: Path) -> None:
    home = Home(tmp_path)
    own_stacks.file_of(home).write_bytes(b'\xef\xbb\xbf[one]\nrequirements = ["numpy==2.0"]\n')
    assert own_stacks.mistake(home) == ""
    own_stacks.add(home, own_stacks.make("two", ["numpy==2.1"], None))
    assert set(own_stacks.read(home)) == {"one", "two"}
    own_stacks.forget(home, "one")
    assert set(own_stacks.read(home)) == {"two"}
