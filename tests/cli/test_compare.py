"""`python -m lenet compare`: what it accepts, what it says, and the exit status that CI goes by."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from lenet.analysis import report as reports
from lenet.cli import compare as command
from lenet.cli.main import main
from lenet.document import markdown
from lenet.errors import BadInput
from lenet.records import Request
from lenet.store import tables
from tests.helpers import stored
from tests.helpers.compared import EAGER, FIT, TF, VERSIONS
from tests.helpers.tapes import settings

BOTH = {TF: 2.0, FIT: 3.0}


def add(store, times, *, packages=None, wanted=None, instrument="race", **values):
    """A finished race; packages: of Keras, TensorFlow's stay."""
    request = Request(tuple(times), wanted or settings(threads=2), instrument=instrument)
    return stored.add(store, request, times, packages=VERSIONS if packages is None else packages, **values)


def compare(*arguments):
    return CliRunner().invoke(main, ["compare", *map(str, arguments)], terminal_width=200)


def said(result):
    """What was printed, without its line breaks."""
    return " ".join(result.stdout.split())


@pytest.fixture
def moved(store):
    """Two races of two labels, a fifth slower the second time; Keras newer and 10 % slower beside."""
    return add(store, BOTH), add(store, {TF: 2.4, FIT: 3.96}, packages={**VERSIONS, "tensorflow": "2.21.0"})


def with_keras(store, experiment, version):
    """Say that the runs of Keras had another version of it."""
    facts = {"packages": {**VERSIONS, "keras": version}}
    with store.engine.begin() as connection:
        table = tables.runs
        chosen = (table.c.experiment_id == experiment, table.c.label == FIT)
        connection.execute(table.update().where(sa.and_(*chosen)).values(facts=facts))


def test_a_slower_program_beside_a_yardstick_fails_and_a_limit_above_it_passes(store, moved):
    with_keras(store, moved[1], "3.16.0")
    result = compare(*moved, "--fail-if-slower", "3%")
    assert result.exit_code == 1, result.output
    assert "Slower by more than 3 %: Keras fit." in said(result)
    assert "keras: 3.15.0 against 3.16.0." in said(result)
    assert "TensorFlow bare function itself took 1." in said(result)
    assert compare(*moved, "--fail-if-slower", "0.2").exit_code == 0
    assert compare(*moved).exit_code == 0  # nothing was asked


def test_what_may_be_the_machine_is_neither_slower_nor_passed(moved):
    result = compare(*moved, "--fail-if-slower", "3%")
    assert result.exit_code == 3
    assert "does not cover enough to be sure: TensorFlow bare function and Keras fit." in said(result)
    assert "Race both in one experiment" in said(result)


def test_history_decides_where_there_is_no_yardstick(store, moved):
    for _ in range(5):
        add(store, BOTH)
    result = compare(*moved, "--fail-if-slower", "3%")
    assert result.exit_code == 1, result.output
    assert "in 5 other experiments" in said(result)


def test_equal_programs_pass(store):
    first, second = add(store, BOTH), add(store, BOTH)
    result = compare(first, second, "--fail-if-slower", "3%")
    assert result.exit_code == 0, result.output
    assert "Nothing is surely slower by more than 3 %." in said(result)


def test_labels_of_one_experiment_are_the_pair_of_the_results_page(store):
    number = add(store, BOTH)
    (pair,) = reports.load(store, number).pairs
    result = compare(f"{number}:{TF}", f"{number}:{FIT}", "--fail-if-slower", "3%")
    assert result.exit_code == 1
    assert pair.verdict in said(result)
    assert compare(f"{number}:{FIT}", f"{number}:{TF}", "--fail-if-slower", "0%").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("x", "1"), "'x' is no experiment; name its number (12), one label of it (12:keras_fit) or a file."),
        (("1", "-2"), None),
        (("1", "99"), "There is no experiment 99"),
        (("1", "9" * 40), "is no experiment"),
        (("1", "1"), "Of one experiment name two different variants: 1:THIS 1:THAT."),
        (("1", "2:keras_fti"), "Experiment 2 raced no 'keras_fti'; it raced"),
        (("1", "nowhere.parquet"), "There is no file nowhere.parquet"),
        (("1", "2", "--fail-if-slower", "x"), "A limit is a share from 0% to 100%, such as 3% or 0.03, not 'x'."),
        (("1", "2", "--fail-if-slower", "3"), "A limit is a share"),
        (("1", "2", "--fail-if-slower", "-1%"), "A limit is a share"),
        (("1", "2", "--fail-if-slower", "nan"), "A limit is a share"),
        (("1", "2", "--yardstick", "numpy_reference"), "'numpy_reference' cannot be a yardstick of"),
        (("1", "3"), "Keras fit: not compared, for the circumstances differ. Threads: 2 against 1."),
        (("1", "2", "--json", "no/such/folder/x.json"), "There is no folder no/such/folder"),
    ],
)
def test_bad_input_is_exit_status_2(store, arguments, sentence):
    add(store, BOTH), add(store, BOTH), add(store, {FIT: 3.0}, wanted=settings(threads=1))
    result = compare(*arguments)
    assert result.exit_code == 2, result.output
    if sentence:
        assert sentence in result.stderr and result.stderr.startswith("lenet: ") and result.stderr.count("\n") == 1


def test_a_share_is_read_exactly():
    assert [command.share(text) for text in ("3%", "0.03", " 1.5% ", "0", "100%")] == [0.03, 0.03, 0.015, 0, 1]
    with pytest.raises(BadInput):
        command.share("inf")


def test_markdown_can_be_pasted(store, moved):
    with_keras(store, moved[1], "3.16.0")
    result = compare(*moved, "--markdown", "--fail-if-slower", "3%")
    lines = result.stdout.splitlines()
    assert lines[0] == "* **Slower by more than 3 %: Keras fit.**"
    (head,) = [place for place, line in enumerate(lines) if line.startswith("| Variant |")]
    assert all(line.count("|") == lines[head].count("|") for line in lines[head : head + 4])
    assert result.exit_code == 1


def test_the_json_has_every_digit(store, moved, tmp_path):
    file = tmp_path / "compared.json"
    assert compare(*moved, "--json", file).exit_code == 0
    values = json.loads(file.read_text())
    compared = command.compared_in(store, *map(str, moved))
    assert [one["ratio"] for one in values["comparisons"]] == [found.ratio for found in compared.comparisons]


def test_an_exported_file_stands_for_its_experiment(store, moved, tmp_path):
    base = tmp_path / "main[bold].parquet"
    stored.to_parquet(store, moved[0], base)
    there, here = (
        command.compared_in(store, str(base), str(moved[1])),
        command.compared_in(store, *map(str, moved)),
    )
    assert [one.ratio for one in there.comparisons] == [one.ratio for one in here.comparisons]
    result = compare(f"{base}:{FIT}", moved[1])
    assert result.exit_code == 0, result.output
    assert "in main[bold].parquet" in said(result)
    same = compare(f"{base}:{FIT}", f"{moved[0]}:{TF}")
    assert same.exit_code == 0 and "TensorFlow bare function" in same.stdout  # the file is that experiment: a pair


def test_a_label_that_did_not_finish_leaves_the_answer_open(store):
    first, second = add(store, BOTH), add(store, BOTH, status="failed", failed=(FIT,))
    result = compare(first, second, "--fail-if-slower", "3%")
    assert result.exit_code == 3
    assert "Keras fit has no finished run" in said(result)


def test_help_says_what_the_limit_means():
    text = " ".join(compare("--help").stdout.split())
    for part in ("exits 1 only when the whole 95 % interval lies above 1.03", "yardstick", "exit status is 3"):
        assert part in text


def test_a_mention_or_markup_in_a_name_is_not_sent_along(store):

    text = markdown._plain("<b>@someone ![x](y)_*`\nnext @ tf216 [1, 2]")
    assert text == "&lt;b>@\u200bsomeone ![x]\\(y)\\_\\*\\` next @ tf216 [1, 2]"


def test_other_instruments_that_are_timed_can_be_compared_across_experiments(store):
    first, second = (add(store, {EAGER: 5.0}, instrument="noise") for _ in range(2))
    assert compare(first, second).exit_code == 0
