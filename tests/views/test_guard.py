"""A guard's result: shell, Markdown, HTML and JUnit say the same, and the first sentence is the answer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lenet.analysis.across.guarded import Guarded
from lenet.document.html import experiment_page
from lenet.document.junit import as_junit
from lenet.document.markdown import as_markdown
from lenet.records import Annotation
from lenet.views import guard
from tests.helpers import golden
from tests.helpers.guarded import LIMIT, guarded
from tests.views.test_four import cells, flat, shown_in_shell

ALL = [guarded(1.0), guarded(1.05, 1.05), guarded(1.05, 1.0), Guarded("x", "X", LIMIT, True, reason="X cannot run.")]


def test_all_renderings_say_every_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    view = guard.view(ALL, LIMIT, ["y is left out, for only the new side has it."])
    html = experiment_page(view, Annotation())
    texts = {
        "shell": flat(shown_in_shell(view, monkeypatch)),
        "markdown": flat(as_markdown(view)),
        "html": flat(" ".join(golden.Words(html).lines)),
    }
    assert len(cells(view)) == 6 * 6
    for how, text in texts.items():
        assert [cell for cell in cells(view) if flat(cell) not in text] == [], how
        assert all(flat(sentence) in text for sentence in (*view.answers, *view.cautions, *view.remarks)), how
        assert "nan" not in text.lower().split(), how
    assert "<svg" in html and "Keras fit, second race" in as_markdown(view).partition("```text\n")[2]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (ALL[:1], "Nothing is surely slower by more than 3 %, of 1 program."),
        (ALL, "Slower by more than 3 %: Keras fit."),
        (ALL[2:], "Not sure: Keras fit and X."),
        ([], "Nothing could be compared."),
    ],
)
def test_the_first_sentence_is_the_answer(found: Sequence[Guarded], said: str) -> None:
    assert guard.view(found, LIMIT).headlines == (said,)


def test_each_variant_has_its_outcome() -> None:
    outcomes = ["not slower by 3 %", "slower by more than 3 %", "not confirmed", "not compared"]
    assert [guard.outcome(one) for one in ALL] == outcomes
    undecided = guarded(1.03, lottery=0.03)
    assert guard.outcome(undecided) == "not surely slower"
    assert [(line.outcome, line.words) for line in guard.lines([undecided])] == [("unsure", "not surely slower")]
    assert "does not confirm that it is slower by more than 3 %" in guard.sentence(ALL[2])


def test_junit_is_as_pytest_writes_it(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_good():\n    print(1)\ndef test_bad():\n    assert 0\n", "utf-8")
    theirs = tmp_path / "theirs.xml"
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={theirs}", str(tmp_path)],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    known, ours = ElementTree.parse(theirs).getroot(), ElementTree.fromstring(as_junit(ALL))
    names = {one.tag: set(one.keys()) | {"name", "type"} for one in known.iter()}
    assert [one.tag for one in ours.iter() if one.tag not in {*names, "error", "system-out"}] == []
    assert all(set(one.keys()) <= names.get(one.tag, names["failure"]) for one in ours.iter())
    (suite,) = ours
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "4", "failures": "2", "errors": "1", "skipped": "0"}
    assert [[child.tag for child in case] for case in suite] == [["system-out"], ["failure"], ["failure"], ["error"]]
