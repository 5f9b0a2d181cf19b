"""`python -m lenet guard`: how often it races, what it refuses before it does, and the exit status that CI goes by."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lenet import stacks
from lenet.catalog.sides import Both
from lenet.cli import guard as command
from lenet.cli.main import main
from lenet.home import Home, open_home
from lenet.records import Annotation
from lenet.settings import Settings
from lenet.store import open_store
from lenet.views import stored
from lenet.views.blocks import View
from tests.catalog.test_sides import PROGRAM
from tests.helpers.guarded import guarded

STACKS = ["--variants", "keras_fit", "--base", "main", "--new", "tf216"]
Raced = list[tuple[Both, Settings]]


def guard(*words: str) -> Result:
    return CliRunner().invoke(main, ["guard", *words], terminal_width=200)


@pytest.fixture(autouse=True)
def newer(home: Home) -> None:
    """A stack of the user's own, which nobody has built."""
    stacks.add("tf216", ["tensorflow==2.16.2"])


@pytest.fixture
def races(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Raced]:
    """races(1.05, 1.0): in place of real ones; what is raced is put into the list that is returned."""

    def planned(*ratios: float | BaseException) -> Raced:
        left, raced = list(ratios), []

        def race(service: Any, both: Both, settings: Settings) -> Any:
            raced.append((both, settings))
            ratio = left.pop(0)
            if isinstance(ratio, BaseException):
                raise ratio
            return guarded(ratio).races[0]

        monkeypatch.setattr(command, "_raced", race)
        return raced

    return planned


@pytest.mark.parametrize(
    ("ratios", "words", "status", "sentence"),
    [
        ([1.0], [], 0, "Nothing is surely slower by more than 3 %, of 1 program."),
        ([1.05, 1.05], [], 1, "Slower by more than 3 %: Keras fit."),
        ([1.05, 1.0], [], 3, "Not sure: Keras fit."),
        ([1.05], ["--no-confirm"], 1, "Slower by more than 3 %"),
        ([1.05], ["--slower", "10%"], 0, "Nothing is surely slower by more than 10 %"),
    ],
)
def test_what_looks_slower_is_raced_again_and_nothing_else(
    races: Callable[..., Raced], ratios: Sequence[float], words: list[str], status: int, sentence: str
) -> None:
    raced = races(*ratios)
    result = guard(*STACKS, *words)
    assert (result.exit_code, len(raced)) == (status, len(ratios)), result.output
    assert sentence in result.stdout
    assert {both for both, _ in raced} == {Both("keras_fit", "keras_fit@main", "keras_fit@tf216")}


def test_a_race_asks_for_the_limit_and_for_no_fewer_rounds_than_decide_it(races: Callable[..., Raced]) -> None:
    raced = races(1.0, 1.0)
    guard(*STACKS)
    guard(*STACKS, "--decide", "0%", "--slower", "0.05", "--budget", "10m")
    (first, second) = (settings for _, settings in raced)
    assert (first.decide, first.rounds, first.budget, first.confirm) == ("3%", 4, 300, False)
    assert (second.decide, second.budget) == ("0%,5%", 600)


def test_every_variant_has_a_race_and_a_stop_leaves_the_rest_open(races: Callable[..., Raced]) -> None:
    raced = races(1.0, KeyboardInterrupt())
    result = guard("--variants", "keras_fit,keras_xla,keras_lean", "--new", "tf216", "--base", "main", "--json", "-")
    found = json.loads(result.stdout)
    assert result.exit_code == 3 and len(raced) == 2
    assert [one["outcome"] for one in found["variants"]] == ["not slower", "unsure", "unsure"]
    assert found["variants"][2]["refused"] == ["Keras lean was not raced: it was stopped."]


def test_a_stack_that_is_not_built_is_said_and_nothing_is_raced(home: Home) -> None:
    result = guard(*STACKS)
    assert result.exit_code == 3 and "Not sure: Keras fit." in result.stdout
    assert "It is not installed; `python -m lenet stacks install tf216` builds it." in " ".join(result.stdout.split())
    store = open_store(home.database_url)
    assert store.experiments() == []
    store.close()


def test_all_forms_of_the_result(races: Callable[..., Raced], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    races(1.05, 1.05)
    monkeypatch.setattr(stored, "load", lambda store, number: View(f"Experiment {number}", "A race"))
    monkeypatch.setattr("lenet.store.Store.annotation", lambda self, number: Annotation())
    result = guard(*STACKS, "--markdown", "--into", str(tmp_path / "a" / "b"))
    assert result.exit_code == 1 and result.stdout.startswith("* **Slower by more than 3 %: Keras fit.**")
    written = {file.name: file.read_text("utf-8") for file in (tmp_path / "a" / "b").iterdir()}
    assert written.keys() >= {"guard.md", "guard.svg", "guard.json", "guard.xml", "guard.html", "race-1.html"}
    assert result.stdout.strip() in written["guard.md"]
    assert written["guard.svg"].startswith("<svg ") and written["guard.svg"].strip() in written["guard.html"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--slower", "x", *STACKS], "A limit is a share from 0% to 100%, such as 3% or 0.03, not 'x'."),
        (["--variants", "keras_fit"], "Both sides of keras_fit are the same; name a stack"),
        (["--base", "main", "--new", "tf216"], "Name the variants to guard"),
        (["--variants", "keras_fit", "--new", "nonsuch"], "There is no stack 'nonsuch'"),
        ([*STACKS, "--new-requirements", "x.txt"], "The new side has a stack and requirements; leave one of them out."),
        (["--variants", "keras_fit", "--new-requirements", "x.txt"], "x.txt cannot be read"),
        ([*STACKS, "--python", "3.11"], "--python is that of stacks that are built of requirements"),
        (["--base-variants-from", "."], "Name the folder of variants of both sides"),
        (["--base-variants-from", ".", "--new-variants-from", "."], "Both sides have the same folder of variants"),
        (["--base-variants-from", "gone", "--new-variants-from", "."], "There is no folder"),
        ([*STACKS, "--json", "no/such/out.json"], "There is no folder no/such"),
        ([*STACKS, "--decide", "x"], "Decide must be percentages from 0 to 100 between commas"),
        ([*STACKS, "--into", "/dev/null/x"], "The folder /dev/null/x cannot be made"),
        ([*STACKS, "--batch-size", "0"], "Batch size must be"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_raced(
    races: Callable[..., Raced], words: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    raced = races()
    result = guard(*words)
    assert (result.exit_code, raced) == (2, []), result.output
    assert result.stderr.startswith(f"lenet: {sentence}") and result.stderr.count("\n") == 1


def test_two_checkouts(races: Callable[..., Raced], tmp_path: Path) -> None:
    for side, names in (("base", ("one", "two")), ("new", ("one", "two", "added"))):
        (tmp_path / side).mkdir()
        for name in names:
            (tmp_path / side / f"{name}.py").write_text(PROGRAM.format(title=name), "utf-8")
    raced = races(1.0, 1.0)
    result = guard("--base-variants-from", str(tmp_path / "base"), "--new-variants-from", str(tmp_path / "new"))
    assert result.exit_code == 0 and {(both.base, both.new) for both, _ in raced} == {
        ("one_base", "one"), ("two_base", "two"),
    }  # fmt: skip
    assert "added is left out, for only the new side has it." in result.stdout


# Requirements


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the stacks that were to be built."""
    names: list[str] = []

    def build(wanted: Sequence[str]) -> int:
        names.extend(wanted)
        return 1 if any("gone" in one for name in wanted for one in known(name)) else 0

    monkeypatch.setattr("lenet.cli.stacks.built", build)
    return names


def known(name: str) -> tuple[str, ...]:
    return stacks.find(open_home(), name).requirements


def test_requirements_are_a_stack_that_is_called_after_them(
    races: Callable[..., Raced], built: list[str], tmp_path: Path
) -> None:
    raced = races(1.0, 1.0, 1.0)
    wheel = tmp_path / "mylib-1.0-py3-none-any.whl"
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    old.write_text("numpy==2.0.0  # the old one\n", "utf-8")
    new.write_text(f"numpy==2.0.0\n{wheel}\n", "utf-8")
    asked = ("--variants", "numpy_reference", "--base-requirements", str(old), "--new-requirements", str(new))
    for content in (b"one", b"another", b"one"):
        wheel.write_bytes(content)
        assert guard(*asked).exit_code == 0
    (first, second, third) = (both for both, _ in raced)
    assert first == third and first.base == second.base and first.new != second.new
    assert built[0] == first.base.partition("@")[2] != built[1] and known(built[0]) == ("numpy==2.0.0",)
    new.write_text("gone==1.0\n", "utf-8")
    failed = guard(*asked)
    assert failed.exit_code == 2 and "new.txt could not be built; the sentence above says why." in failed.stderr
