"""Whoever's account and locale it runs under: no home, no name, no UTF-8, a folder spelled with anything."""

from __future__ import annotations

import json
import os
import pwd
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from lenet import problem
from lenet.analysis.issue7439.answer import TODAY
from lenet.bench import environment
from lenet.bench.launcher import Outcome, Worker
from lenet.cli import near
from lenet.cli.main import main
from lenet.errors import StoreError
from lenet.home import Home, open_home
from lenet.program import PROJECT
from lenet.records import Annotation
from lenet.settings import Settings
from lenet.stacks import pip, pythons
from lenet.store import open_store
from tests.conftest import double
from tests.helpers import stored

ODD = ["a?b", "a?mode=memory", "100%3F", "a#b", "u:p@h", "a b", "ö", "日本", os.fsdecode(b"a\xffb"), "'quoted\" \\"]
"""Names of folders: of an address, of another alphabet, of no alphabet."""


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A user without a home and without an entry among the users, as containers start programs."""

    def unknown(*key: object) -> None:
        raise KeyError(f"getpw: not found: {key}")

    for name in ("HOME", "USER", "LOGNAME", "LNAME", "USERNAME", "PYENV_ROOT", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr(pwd, "getpwnam", unknown)
    monkeypatch.chdir(tmp_path)


# No home


def unset(folder: Path) -> str:
    return ""


def of_nobody(folder: Path) -> str:
    return "~nobody42/data"


def a_circle(folder: Path) -> str:
    (folder / "circle").symlink_to("circle")
    return str(folder / "circle" / "data")


def of_the_kernel(folder: Path) -> str:
    return "/proc/data"


@pytest.mark.parametrize("make", [unset, of_nobody, a_circle, of_the_kernel])
def test_without_a_folder_for_data_it_is_said_in_a_sentence(
    nobody: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], str]
) -> None:
    monkeypatch.setenv("LENET_HOME", make(tmp_path))
    with pytest.raises(StoreError, match=r"^(There is no|The) data folder .* \(.*\); set LENET_HOME to"):
        open_home()
    result = CliRunner().invoke(main, ["list"])
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1) and isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("words", [["list"], ["variants"], ["stacks", "list"], ["check", "numpy_reference"]])
def test_with_one_nobody_needs_a_home(nobody: None, words: list[str]) -> None:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output


def test_pythons_are_looked_for_without_a_home(nobody: None) -> None:
    assert Path(sys.executable) in list(pythons.candidates("3.6"))


# Folders spelled with anything


@pytest.mark.parametrize("name", ODD)
def test_the_database_lies_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("LENET_HOME", str(tmp_path / name))
    home = open_home()
    with closing(open_store(home.database_url)) as store:
        assert stored.add_race(store, TODAY, 6.0, 4.0) == 1
    assert (tmp_path / name / "lenet.db").is_file()
    assert [one.name for one in tmp_path.iterdir() if one.name not in ("home", "tmp")] == [name]
    (home.root / "lenet.db").write_bytes(b"x" * 5000)
    with pytest.raises(StoreError, match="is not a database"):
        open_store(home.database_url)
    result = CliRunner().invoke(main, ["list"])
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.output


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("name", ODD)
def test_a_worker_finds_its_folder_in_any_locale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, locale: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    weights = problem.initial_weights(np.random.default_rng(0))
    paper = problem.Problem(np.zeros((8, 28, 28, 1), np.uint8), np.zeros(8, np.int64), weights)
    paper.write(folder / "problem.npz")
    of = environment.of
    # As Python 3.6 has it: later ones take C for UTF-8.
    as_told = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    monkeypatch.setattr(environment, "of", lambda *asked: {**of(*asked), **as_told})
    settings = Settings.parse({"batch_size": 4, "images_per_epoch": 8, "threads": 1, "timeout": 60})
    worker = Worker(double("plain"), settings, folder / "problem.npz", folder / "run")
    while worker.next_event() is not None:
        worker.grant(8)
    assert worker.outcome() == Outcome("finished"), worker.outcome().log
    assert worker.weights and all((worker.weights[name] == array).all() for name, array in weights.items())


@pytest.mark.parametrize("variables", [{}, {"LC_ALL": "C"}, {"LC_CTYPE": "POSIX", "LANG": "de_DE.UTF-8"}])
def test_stacks_are_built_in_a_locale_that_can_spell_their_folder(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert "LC_ALL" not in pip.environment(), "the user's own spells it"
    monkeypatch.delenv("LANG")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert pip.environment()["LC_ALL"] == "C.UTF-8"


OLD = next((one for one in pythons.candidates("3.6") if pythons.answers(one, "3.6")), None)


@pytest.mark.slow
@pytest.mark.skipif(OLD is None, reason="no Python 3.6 on this machine")
def test_an_environment_of_python_3_6_is_made_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    command = [str(OLD), "-m", "venv", str(tmp_path / "ö")]
    subprocess.run(command, env=pip.environment(), check=True, timeout=300)


# Streams that cannot spell everything


@pytest.fixture
def titled(home: Home) -> int:
    """A race whose title no eight-bit encoding can spell."""
    with closing(open_store(home.database_url)) as store:
        number = stored.add_race(store, TODAY, 6.0, 4.0)
        store.annotate(number, Annotation("Größe ± 日本 \N{SNAKE}", "Ein Wort…", ("ö",)))
        return number


def printed(encoding: str, *words: object) -> str:
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "COLUMNS": "200"}
    command = [sys.executable, "-W", "ignore", "-m", "lenet", *map(str, words)]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.decode(encoding)


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252", "koi8-r"])
@pytest.mark.parametrize("words", [["show", "1"], ["list"], ["variants"], ["history"]], ids=" ".join)
def test_any_encoding_can_print_everything(titled: int, encoding: str, words: list[str]) -> None:
    text = printed(encoding, *words)
    if words == ["list"]:
        spelled = {"latin-1": "Größe ± ??", "cp1252": "Größe ± ??", "ascii": "Gro?e +/- ??", "koi8-r": "Gro?e +/- ??"}
        assert spelled[encoding] in text


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "koi8-r"])
def test_markdown_and_json_too(titled: int, encoding: str) -> None:
    environment: dict[str, Any] = {**os.environ, "PYTHONIOENCODING": encoding}
    for words in (["show", "1", "--markdown"], ["export", "1"]):
        command = [sys.executable, "-W", "ignore", "-m", "lenet", *words]
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0 and not done.stderr, done.stderr
    assert json.loads(done.stdout), "JSON is UTF-8, whatever the terminal speaks"


@pytest.mark.parametrize("forced", ["FORCE_COLOR", "TTY_COMPATIBLE", "NO_COLOR"])
def test_forced_colours_do_not_change_what_stands_in_a_file(home: Home, forced: str) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "lenet", "variants"]
    kept = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "COLUMNS")}
    texts = []
    for variables in ({}, {forced: "1"}):
        done = subprocess.run(
            command, cwd=PROJECT, env={**kept, **variables}, capture_output=True, timeout=120, check=True
        )
        texts.append(re.sub(r"\x1b\[[0-9;]*m", "", done.stdout.decode()))
    assert texts[0] == texts[1] and max(map(len, texts[0].splitlines())) > 120


def test_what_no_encoding_can_spell_is_a_question_mark(tmp_path: Path) -> None:
    name = os.fsdecode(b"no-such-\xff")
    result = CliRunner().invoke(main, ["import", name])
    assert result.exit_code == 2 and "There is no file no-such-?" in result.stderr


def test_every_character_of_ours_has_a_spelling() -> None:
    ours = {character for file in PROJECT.glob("lenet/**/*.py") for character in file.read_text("utf-8")}
    odd = {character for character in ours if ord(character) > 127}
    assert {near._near(one) for one in odd} and not [one for one in odd if "?" in near._near(one)]
