"""A variant whose file is missing or is no program: one sentence wherever one asks for it, and the others go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from lenet import catalog, stacks
from lenet.catalog import Variant, entries
from tests.cli.test_run import SMALL, shell

__all__ = ["shell"]

GHOST = Variant("ghost", "Ghost", ("numpy",), module="tests.helpers.planted.ghost")
NULL = "source code string cannot contain null bytes"
WRONG = {
    "missing": (None, "is not there; write it, or take its entry out of the catalogue."),
    "no Python": (b"import numpy\ndef (:\n", "cannot be read as Python (invalid syntax, line 2); correct it."),
    "no text": (b"x = '\xff'\n", "cannot be read as Python (it is not text in UTF-8); correct it."),
    "a null byte": (
        b"x = 1\0\n",
        f"cannot be read as Python ({NULL}); correct it.",
    ),
}


@pytest.fixture(params=WRONG)
def sentence(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is to be said of the variant `ghost`, whose file is as the parameter says."""
    content, said = WRONG[request.param]
    file, found = tmp_path / "ghost.py", entries._file
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setattr(entries, "_file", lambda module: file if module == GHOST.import_path else found(module))
    monkeypatch.setitem(catalog.VARIANTS, "ghost", GHOST)
    return f"{file} {said}"


def plain(text: str) -> str:
    """Without the line breaks of a table."""
    return "".join(text.split())


def test_it_is_an_answer_and_not_an_error(sentence: str) -> None:
    assert GHOST.mistake() == sentence and GHOST.source_hash() == ""
    assert stacks.availability(GHOST) == stacks.Availability(False, sentence)


def test_check_says_it_and_checks_the_others(shell, sentence):
    result = shell("check", "ghost", "plain")
    assert result.exit_code == 1 and not isinstance(result.exception, Exception)
    assert plain(f"unavailable: {sentence}") in plain(result.output) and "equivalent" in result.output


def test_the_list_of_variants_says_it(shell, sentence):
    result = shell("variants")
    assert result.exit_code == 0 and plain(sentence) in plain(result.output)


def test_a_race_goes_on_without_it(shell, sentence):
    result = shell("run", "--variants", "ghost,plain", *SMALL)
    assert result.exit_code == 1
    assert plain(f"Round 1, Ghost: unavailable. {sentence}") in plain(result.output)
    assert shell("run", "--variants", "ghost", *SMALL).stderr.endswith(f"can run here: {sentence}\n")


def test_of_a_rung_the_file_it_builds_on_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, found = tmp_path / "keras_fit.py", entries._file
    file.write_text("def (:\n")
    monkeypatch.setattr(entries, "_file", lambda module: file if module.endswith(".keras_fit") else found(module))
    assert catalog.variant("keras_fit_silent").mistake().startswith(f"{file} cannot be read as Python")
    assert catalog.variant("tensorflow_graph").mistake() == ""


def test_what_is_mended_is_seen_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ghost.py"
    monkeypatch.setattr(entries, "_file", lambda module: file)
    assert GHOST.mistake()
    file.write_text("x = 1\n")
    before = GHOST.source_hash()
    assert GHOST.mistake() == "" and before
    file.write_text("x = 12\n")
    assert GHOST.source_hash() not in ("", before)


def test_every_shipped_variant_and_rung_can_be_read() -> None:
    assert {v.name: v.mistake() for v in (*catalog.VARIANTS.values(), *catalog.RUNGS.values()) if v.mistake()} == {}
