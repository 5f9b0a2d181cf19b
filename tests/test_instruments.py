"""The table of instruments: what the program asks of a row, and that a row and its modules are all one takes."""

from __future__ import annotations

import ast
import dataclasses
import subprocess
import sys
from collections.abc import Sequence

import pytest

from lenet import instruments
from lenet.analysis.report import Report
from lenet.analysis.why import findings
from lenet.bench.race import Race
from lenet.bench.watched import Solo
from lenet.errors import BadInput
from lenet.instruments import INSTRUMENTS, Instrument
from lenet.records import Request, Run
from lenet.settings import Settings
from tests.helpers.compared import report, tapes
from tests.helpers.places import ROOT

HEAVY = ("numpy", "pandas", "lenet.analysis", "lenet.bench", "lenet.store", "plotly", "streamlit")
PROBE = f"import sys, lenet.instruments; print([name for name in {HEAVY!r} if name in sys.modules])"
COMPARED_AS_TEXT = ("lenet/worker/__main__.py",)
"""Its job says how a worker counts; it may be of Python 3.6, and imports nothing else of the program."""


def names(field: str) -> set[str]:
    return {one.name for one in INSTRUMENTS.values() if getattr(one, field)}


def test_what_is_timed_compared_and_asked_why() -> None:
    assert list(INSTRUMENTS) == ["race", "ladder", "law", "counts", "profile", "noise"]
    assert names("timed") == {*instruments.TIMED} == {"race", "ladder", "law", "noise"}
    assert names("compared") == {*instruments.on_page("results")} == {"race", "noise"}
    assert names("asks_why") == {*instruments.on_page("why")} == {"ladder", "law", "counts", "profile"}
    assert names("reports_training") == {"race"}
    assert all((ROOT / "pages" / f"{one.page}.py").is_file() for one in INSTRUMENTS.values())


@pytest.mark.parametrize("one", INSTRUMENTS.values(), ids=list(INSTRUMENTS))
def test_what_a_row_names_is_there(one: Instrument) -> None:
    assert issubclass(instruments.resolve(one.runner), Race if one.timed else Solo)
    assert not one.finding or callable(instruments.resolve(one.finding))


def test_the_table_is_read_without_what_the_first_paint_does_not_wait_for() -> None:
    command = [sys.executable, "-c", PROBE]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=True)
    assert told.stdout.strip() == "[]"


@dataclasses.dataclass(frozen=True)
class Tally:
    """What the planted instrument finds."""

    sentences: tuple[str, ...]


def tally(found: Report, runs: Sequence[Run]) -> Tally:
    return Tally((f"{len(found.runs)} runs of experiment {found.experiment.id}.",))


def planted_report(kind: str) -> Report:
    plain = report(1, {"keras_fit": tapes(2.0)})
    request = Request(("keras_fit", "keras_fit"), Settings.parse({}), instrument=kind, plan={"title": "T"})
    return dataclasses.replace(plain, experiment=dataclasses.replace(plain.experiment, request=request))


def test_an_instrument_is_a_row_and_its_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Instrument("tally", "Tally", lambda request: "all of it", timed=False, finding=f"{__name__}:tally")
    with pytest.raises(KeyError):
        instruments.of(planted_report("tally").experiment.request)
    monkeypatch.setitem(INSTRUMENTS, "tally", row)
    whole = planted_report("tally")
    found = findings.of(whole, ())
    assert found.sentences == ("3 runs of experiment 1.",) and found.counts == () and found.climb is None
    assert instruments.subject(whole.experiment.request) == "Tally: all of it"
    told = findings.as_json(found)
    assert told["experiment"]["instrument"] == "tally" and told["found"] == {"sentences": [*found.sentences]}
    assert "tally" in instruments.on_page("why") and row.page == "why"


@pytest.mark.parametrize("kind", ["race", "noise"])
def test_what_asks_for_no_cause_has_no_findings(kind: str) -> None:
    with pytest.raises(BadInput, match="`python -m lenet show 1` shows its result"):
        findings.of(planted_report(kind), ())


# The rest of the program asks the row


def named(source: str) -> list[str]:
    """Comparisons with the name of an instrument, as text."""
    found = []
    for node in ast.walk(ast.parse(source)):
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        values = {one.value for side in sides for one in ast.walk(side) if isinstance(one, ast.Constant)}
        if "instrument" in "".join(ast.unparse(side) for side in sides) and values & {*INSTRUMENTS}:
            found.append(ast.unparse(node))
    return found


def test_nobody_compares_names() -> None:
    files = [file for folder in ("lenet", "pages", "audit") for file in sorted(ROOT.glob(f"{folder}/**/*.py"))]
    found = {file.relative_to(ROOT).as_posix() for file in files if named(file.read_text(encoding="utf-8"))}
    assert found == {*COMPARED_AS_TEXT}


def test_a_comparison_of_names_is_caught() -> None:
    assert named("raced = request.instrument == 'race'")
    assert named("asks = experiment.request.instrument in ('ladder', 'law')")
    assert not named("raced = instruments.of(request) is instruments.RACE") and not named("name == 'race'")
