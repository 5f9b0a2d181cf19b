"""The shell: what it accepts, what it says, and with which exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from lenet import catalog, exchange
from lenet.bench import exam
from lenet.bench import race as race_module
from lenet.bench.rounds import Pace
from lenet.cli.main import main
from lenet.program import PROJECT
from lenet.records import Parity, Request
from lenet.settings import Settings
from lenet.store import open_store
from tests.helpers import passing, stored

SMALL = ["--batch-size", "4", "--images-per-epoch", "320", "--rounds", "3", "--slice-ms", "20", "--threads", "1"]


@pytest.fixture
def shell(doubles, monkeypatch):
    """`python -m lenet ...` in this process, with doubles that are said to pass their exam."""

    monkeypatch.setattr(exam, "sit", passing.sit)
    monkeypatch.setattr(race_module, "evaluate", lambda weights: (0.5, 0.9))
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--batch-size", "0"], "Batch size must be a whole number from 1 to 60000, not '0'."),
        (["--batch-size", "-1"], "Batch size must be a whole number from 1 to 60000, not '-1'."),
        (["--batch-size", "60001"], "Batch size must be a whole number from 1 to 60000, not '60001'."),
        (["--batch-size", "x"], "Batch size must be a whole number from 1 to 60000, not 'x'."),
        (["--epochs", "0"], "Epochs must be a whole number from 1 to 1000, not '0'."),
        (["--learning-rate", "nan"], "Learning rate must be a number above 0 to 1000, not 'nan'."),
        (["--precision", "2"], "Precision must be a number from 0 to 0.2, such as 2%, not '2'."),
        (["--precision", "1%", "--budget", "0"], "Budget must be a whole number from 1 to 604800 s, such as 10m, not"),
        (
            ["--budget", "5m"],
            "A budget ends a race that has a precision, such as 2%, or lines to decide, such as 0%,3%; name one",
        ),
        (["--confirm"], "What is confirmed are lines that were decided; name them, such as 0%,3%."),
        (["--variants", "keras_fti"], "There is no variant 'keras_fti'; did you mean 'keras_fit'?"),
        (["--variants", ","], "Choose at least one variant"),
        (["--preset", "slow"], "There is no preset 'slow'; the presets are quick, issue7439."),
        (["--json", "no/such/folder/out.json"], "There is no folder no/such/folder to write out.json into"),
    ],
)
def test_bad_input_is_one_sentence_exit_status_2_and_starts_nothing(shell, home, arguments, sentence):
    result = shell("run", *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"lenet: {sentence}") and result.stderr.count("\n") == 1
    store = open_store(home.database_url)
    assert store.experiments() == []
    store.close()


def test_a_race_from_the_shell_shows_its_verdict_and_writes_json(shell, tmp_path):
    out = tmp_path / "out.json"
    result = shell("run", "--variants", "plain,slower", *SMALL, "--json", str(out))
    assert result.exit_code == 0, result.output
    assert "Slower takes" in result.output and "times as long as Plain" in result.output
    written = json.loads(out.read_text())
    assert written["version"] == 1
    assert [(run["label"], run["status"]) for run in written["runs"]].count(("plain", "finished")) == 3
    assert written["pairs"][0]["low"] > 1 and written["pairs"][0]["ratio"] > 1.2  # about 2 on a quiet machine
    shown = shell("show", "1")
    assert shown.exit_code == 0 and "Slower takes" in shown.output
    markdown = shell("show", "1", "--markdown").output
    assert markdown.startswith("* **Slower takes") and "\n| Plain | " in markdown and "320 images" in markdown
    assert json.loads(shell("export", "1").output) == written
    assert "Plain, Slower" in shell("list").output


def test_a_race_for_a_precision_tells_its_plan_and_what_it_reached(shell, monkeypatch):
    keep = Pace.keep
    race = ["run", "--variants", "plain,slower", *SMALL[:-6], "--rounds", "2", *SMALL[-4:], "--precision", "20%"]
    result = shell(*race)
    assert result.exit_code == 0, result.output
    assert "then on until every ratio is known to ±20 %, 10 min at most. A guess" in result.output
    plan, end = (result.output.index(text) for text in ("At least 2 rounds, about", "finished. Every ratio is known"))
    assert plan < end
    kept = []
    monkeypatch.setattr(
        Pace, "keep", lambda pace, label, number, rows: kept.append(label) or keep(pace, label, number, rows)
    )
    ended = shell(*race[:-1], "0.0001%", "--budget", "1s", "--twin")
    assert ended.exit_code == 0, ended.output
    assert "This race against itself, Plain (2) to Plain: " in ended.output or "This race is in doubt" in ended.output
    assert set(kept) == {"plain", "slower"}, "the twin decides nothing"
    assert "finished. Its budget of 1 s ended it: Slower against Plain is known to" in ended.output


def test_what_is_decided_is_confirmed_by_fresh_rounds(shell, store, tmp_path):
    race = ["run", "--variants", "plain,slower", *SMALL[:-6], *SMALL[-4:], "--decide", "0%", "--confirm"]
    result = shell(*race, "--most-rounds", "8", "--budget", "2m")
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "and then again from the beginning, to confirm it: 8 rounds or 2 min at most" in said
    assert "A second race of 4 rounds confirms what was decided." in said
    assert "Decided: slower, confirmed by a second race of 4 rounds." in said
    assert "--decide 0% --most-rounds 8 --confirm --budget 2m" in said, "how to race again"
    assert [run.round for run in store.runs(1) if run.load.get("confirms")] == [5, 5, 6, 6, 7, 7, 8, 8]
    assert shell("compare", "1:plain", "1:slower", "--fail-if-slower", "0%").exit_code == 1
    assert shell("export", "1", "--format", "parquet", "--output", str(tmp_path / "race.parquet")).exit_code == 0
    carried = exchange.read_parquet(tmp_path / "race.parquet")
    assert carried.experiment.request.settings.confirm and sum(bool(r.load.get("confirms")) for r in carried.runs) == 8


def test_a_failed_run_is_exit_status_1_with_its_reason(shell):
    result = shell("run", "--variants", "plain,raises", *SMALL)
    assert result.exit_code == 1
    assert "Round 1, Raises: failed. ValueError: the fifth batch is bad" in result.output


@pytest.mark.parametrize("command", ["show", "export"])
def test_an_unknown_experiment_says_how_to_find_one(shell, command):
    result = shell(command, "77")
    assert result.exit_code == 2 and "`python -m lenet list`" in result.stderr


def test_variants_are_listed_with_whether_they_can_run(shell, monkeypatch):
    missing = catalog.Variant("ghost", "Ghost", ("no-such-package",))
    monkeypatch.setitem(catalog.VARIANTS, "ghost", missing)
    result = shell("variants")
    assert result.exit_code == 0
    assert "numpy_reference" in result.output and "no-such-package is not" in result.output


def test_an_empty_list_says_how_to_begin(shell):
    assert "python -m lenet run --preset quick" in shell("list").output


def test_check_says_which_are_equivalent(shell, monkeypatch):
    assert shell("check", "plain").exit_code == 0

    def differ(variant, settings, folder, started=None):
        return exam.Sitting(Parity("key", variant.name, False, 3e-4, "dense1_kernel", 1e-5), "what it printed")

    monkeypatch.setattr(exam, "sit", differ)
    result = shell("check", "plain")
    assert result.exit_code == 1
    assert "NOT equivalent" in result.output and "dense1_kernel" in result.output and "3.0e-04" in result.output
    assert "what it printed" not in result.output
    assert "plain printed:\nwhat it printed\n" in shell("check", "plain", "--log").output
    assert shell("check", "plian").exit_code == 2


def test_a_polite_kill_stops_the_race_and_keeps_it(home, doubles):
    code = (
        "from lenet import catalog; from lenet.bench import exam; from tests.helpers import passing; "
        "from tests.conftest import double; from lenet.cli.main import main; "
        "catalog.VARIANTS['plain'] = double('plain'); "
        "exam.sit = passing.sit; "
        "main(['run', '--variants', 'plain', '--threads', '1'])"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT, stdout=-1, stderr=-1) as process:
        store = open_store(home.database_url)
        end = time.monotonic() + 60
        while not any(run.status == "running" for e in store.experiments() for run in store.runs(e.id)):
            assert time.monotonic() < end
            time.sleep(0.1)
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=20) == 1
    (experiment,) = store.experiments()
    assert experiment.status == "cancelled"
    assert [run.status for run in store.runs(experiment.id)] == ["cancelled"]
    store.close()


def test_sessions_of_one_race_are_shown_as_one(shell, store):
    request = Request(("tensorflow_function", "keras_fit"), Settings.parse({"rounds": 3, "threads": 2}))
    for _ in range(3):
        stored.add(store, request, {"tensorflow_function": 2.0, "keras_fit": 3.0})
    shown = shell("show", "1+2+3")
    assert shown.exit_code == 0 and "times as long as TensorFlow" in shown.output and "over 3 sessions" in shown.output
    assert "| Keras fit |" in shell("show", "3+1+2", "--markdown").output
    for wrong, sentence in (
        ("1+1", "two different experiments"),
        ("1+", "names no experiment"),
        ("x", "names no experiment"),
        ("9" * 5000, "names no experiment"),
        ("1+77", "There is no experiment 77"),
    ):
        refused = shell("show", wrong)
        assert refused.exit_code == 2 and sentence in refused.stderr and refused.stderr.count("\n") == 1
