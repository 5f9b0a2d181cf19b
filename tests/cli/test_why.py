"""`python -m lenet why ...`: what it accepts, what it says, and with which exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from lenet import catalog
from lenet.catalog import Change, Ladder
from lenet.home import Home
from lenet.store import open_store
from tests.cli.test_run import shell
from tests.helpers import stored

__all__ = ["shell"]

Shell = Callable[..., Result]
SMALL = ["--rounds", "2", "--slice-ms", "20", "--threads", "1"]
OWN = """
title = "What the extra sum costs"
start = "slower"

[settings]
batch_size = 4
images_per_epoch = 320

[[changes]]
title = "The extra sum"
after = "plain"
"""


def finished(home: Home) -> int:
    """How many experiments there are."""
    with closing(open_store(home.database_url)) as store:
        return len(store.experiments())


def test_a_ladder_of_ones_own_from_file_to_json(shell: Shell, tmp_path: Path) -> None:
    file, out = tmp_path / "mine.toml", tmp_path / "out.json"
    file.write_text(OWN)
    # Two rounds on a busy machine leave an interval of 13 standard errors: wide enough to hide even this gap.
    result = shell("why", "ladder", str(file), *SMALL, "--rounds", "4", "--json", str(out))
    assert result.exit_code == 0, result.output
    assert "Slower takes" in result.output and "The extra sum" in result.output and "a gap of" in result.output
    written = json.loads(out.read_text())
    assert (written["format"], written["version"]) == ("lenet-bench/why", 1)
    assert written["experiment"]["plan"]["title"] == "What the extra sum costs"
    (bar,) = written["found"]["bars"]
    assert bar["measurable"] and bar["effect"]["estimate"] == pytest.approx(written["found"]["gap"]["estimate"])
    for shown in (shell("why", "show", "1"), shell("show", "1")):
        assert shown.exit_code == 0 and "The extra sum" in shown.output
    again = tmp_path / "again.json"
    assert shell("why", "show", "1", "--json", str(again)).exit_code == 0
    assert json.loads(again.read_text()) == written
    assert "Ladder: What the extra sum costs" in shell("list").output


def test_a_law_from_the_shell(shell: Shell) -> None:
    result = shell("why", "law", "--variants", "plain", "--batch-sizes", "1,2,4,8", "--images-per-epoch", "640", *SMALL)
    assert result.exit_code == 0, result.output
    assert "Plain: " in result.output and "Holds at batch sizes" in result.output


def test_a_failed_run_is_exit_status_1(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(OWN.replace('"slower"', '"raises"'))
    result = shell("why", "ladder", str(file), *SMALL)
    assert result.exit_code == 1
    assert "the fifth batch is bad" in result.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ladder", "nowhere"], "There is no ladder 'nowhere'; the ladders are "),
        (["ladder", "plain", "slower"], "There is no ladder from plain to slower; write one of your own"),
        (["ladder", "missing.toml"], "missing.toml cannot be read"),
        (["law", "--batch-sizes", "1,x"], "Batch sizes are whole numbers between commas"),
        (["law", "--batch-sizes", "1,2"], "A law needs at least 4 different batch sizes"),
        (["law", "--variants", "plian"], "There is no variant 'plian'; did you mean 'plain'?"),
        (["counts", "plian"], "There is no variant 'plian'; did you mean 'plain'?"),
        (["profile", "plain", "--batch-size", "0"], "Batch size must be a whole number from 1 to 60000, not '0'."),
        (["counts", "plain", "--json", "no/folder/x.json"], "There is no folder no/folder to write x.json into"),
        (["show", "77"], "There is no experiment 77;"),
    ],
)
def test_bad_input_is_one_sentence_exit_status_2_and_starts_nothing(
    shell: Shell, home: Home, arguments: list[str], sentence: str
) -> None:
    result = shell("why", *arguments)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith(f"lenet: {sentence}") and result.stderr.count("\n") == 1
    assert finished(home) == 0


def test_more_than_the_memory_holds_is_refused(shell: Shell, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    class Small:
        total = 2**20

    monkeypatch.setattr("psutil.virtual_memory", lambda: Small)
    result = shell("why", "counts", "plain")
    assert result.exit_code == 2 and "would need about" in result.stderr
    assert finished(home) == 0


def test_a_race_is_no_cause(shell: Shell) -> None:
    assert shell("run", "--variants", "plain", "--images-per-epoch", "64", "--rounds", "1").exit_code == 0
    result = shell("why", "show", "1")
    assert result.exit_code == 2 and "Experiment 1 is a race; `python -m lenet show 1`" in result.stderr


def test_the_ladders_are_listed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    ladder = Ladder("mine", "My own [one]", "plain", (Change("First", "slower"), Change("Second", "raises")))
    monkeypatch.setattr(catalog, "LADDERS", {"mine": ladder})
    result = shell("why", "ladders")
    assert result.exit_code == 0
    for text in ("mine", "My own [one]", "plain", "raises", "First; Second"):
        assert text in result.output


def test_counts_and_profiles_are_shown(shell: Shell, home: Home) -> None:
    with closing(open_store(home.database_url)) as store:
        stored.add_evidence(store, "counts", {"plain": stored.counted(1)})
        stored.add_evidence(store, "profile", {"plain": stored.PROFILED})
    counts = shell("why", "show", "1").output
    assert "Yes: over 40 batches of 4 epochs Plain traced 40 functions" in counts and "Functions traced" in counts
    profile = shell("why", "show", "2").output
    assert "call_function (tensorflow/python/eager/context.py)" in profile and " 50 " in profile
