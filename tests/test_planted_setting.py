"""A setting takes its declaration, the schema and the variants: shown in a copy of the program.

What one forgets must never let a race meet an exam of other arithmetic.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lenet import catalog
from lenet.analysis.circumstances import circumstance
from lenet.analysis.exam import parity
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import open_store
from tests.helpers import stored
from tests.helpers.places import ROOT

BEFORE = "    seed: int = _option(\n"
DECLARED = """    optimizer: str = _option(
        "sgd",
        "Optimizer",
        "What becomes of a gradient.",
        Facets(exam="what", circumstance="{}", own="titled", shown="yes", asked_by=EVERY),
        choices=("sgd", "adam"),
    )
"""
STEP = "            v[...] = self.settings["
ADAM = """            if self.settings["optimizer"] == "adam":
                gradient[name] = gradient[name] / (np.sqrt((gradient[name] ** 2).mean()) + 1e-8)
"""
DOCUMENTED = '            "seed": {\n              "type": "integer"'
IN_SCHEMA = '            "optimizer": {"enum": ["sgd", "adam"], "description": "Optimizer."},\n'


class Copy:
    """A copy of the program in which an `optimizer` is a setting."""

    def __init__(self, folder: Path, old: Old, declared: str = DECLARED) -> None:
        self.folder, self.old = folder, old
        for name in ("lenet", "pages"):
            shutil.copytree(ROOT / name, folder / name)
        shutil.copy(ROOT / "app.py", folder)
        shutil.copy(ROOT / "tests/helpers/setting_probe.py", folder)
        self.insert("lenet/settings.py", BEFORE, declared)

    def insert(self, name: str, before: str, text: str) -> None:
        """Put `text` before a place that is there once."""
        file = self.folder / name
        source = file.read_text(encoding="utf-8")
        assert source.count(before) == 1, (name, before)
        file.write_text(source.replace(before, text + before), encoding="utf-8")

    def probe(self) -> Any:
        """What the setting reaches; see `tests.helpers.setting_probe`."""
        out = self.folder / "out"
        out.mkdir()
        places = map(str, (self.old.database, self.old.parquet, out))
        done = self.python("setting_probe.py", "sgd", "adam", *places)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the copy, which is what is imported."""
        own = {"PYTHONPATH": str(self.folder), "LENET_HOME": str(self.folder / "home")}
        command, environment = [sys.executable, *arguments], {**os.environ, **own}
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300)


class Old:
    """An experiment of the program as it is, before the setting: in a database, and as a file."""

    def __init__(self, folder: Path) -> None:
        self.database, self.parquet = folder / "old.db", folder / "old.parquet"
        settings = Settings.parse({"threads": 1, "rounds": 1, "batch_size": 1})
        with closing(open_store(f"sqlite:///{self.database}")) as store:
            request = Request(("keras_fit", "tensorflow_graph"), settings)
            number = stored.add(store, request, lambda entry: 2.0)
            stored.to_parquet(store, number, self.parquet)
            self.circumstance = circumstance(store.experiment(number), "keras_fit").key
        self.exam = parity.key(catalog.variant("numpy_reference"), settings, {})


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Old:
    return Old(tmp_path_factory.mktemp("old"))


@pytest.fixture(scope="module")
def declared(old: Old, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Only its declaration is there."""
    return Copy(tmp_path_factory.mktemp("declared") / "copy", old)


@pytest.fixture(scope="module")
def found(declared: Copy) -> Any:
    return declared.probe()


def test_it_never_meets_an_old_exam(found: Any, old: Old) -> None:
    keys = found["exams"]["keys"]
    assert len({old.exam, keys["sgd"], keys["adam"]}) == 3
    assert found["exams"]["asked"] == {"sgd": "sgd", "adam": "adam"}


def test_every_command_offers_it(declared: Copy) -> None:
    commands = "run", "why law", "why ladder", "why counts", "why profile", "noise"
    for command in commands:
        told = declared.python("-m", "lenet", *command.split(), "--help").stdout
        assert "--optimizer VALUE" in told, command
        assert "One of: sgd, adam." in " ".join(told.split()), command
    wrong = declared.python("-m", "lenet", "run", "--optimizer", "x")
    assert wrong.returncode == 2
    assert wrong.stderr == "lenet: Optimizer must be one of sgd, adam, not 'x'.\n"


def test_every_form_offers_it(found: Any) -> None:
    assert found["forms"] == dict.fromkeys(("race", "law", "ladder", "recreated", "noise"), True)


def test_it_tells_circumstances_apart(found: Any, old: Old) -> None:
    told = found["circumstances"]
    assert told["differences"] == ["Optimizer: sgd against adam."]
    assert told["keys"][0] != told["keys"][1]
    assert told["titles"][1].endswith(" · adam") and "adam" not in told["titles"][0]
    assert "--optimizer adam" in told["commands"][1] and "optimizer" not in told["commands"][0]


def test_what_was_kept_before_it_keeps_its_series(found: Any, old: Old) -> None:
    assert found["circumstances"]["old"] == found["circumstances"]["keys"][0] == old.circumstance


def test_it_is_read_back_and_old_experiments_have_the_default(found: Any) -> None:
    assert found["stored"] == "adam"
    assert found["old"] == ["sgd", "sgd"], "from a database, from a file"


def test_an_entry_may_have_its_own(found: Any) -> None:
    assert found["title"] == "NumPy reference, optimizer adam"


def test_only_a_race_with_the_issues_repeats_the_issue(found: Any) -> None:
    assert found["as_in_the_issue"] == {"sgd": True, "adam": False}


def test_with_the_variants_and_the_schema_it_is_whole(old: Old, tmp_path: Path) -> None:
    whole = Copy(tmp_path / "copy", old)
    whole.insert("lenet/variants/numpy_reference.py", STEP, ADAM)
    whole.insert("lenet/schema/experiment-1.json", DOCUMENTED, IN_SCHEMA)
    found = whole.probe()
    assert found["exams"]["answers"]["sgd"] != found["exams"]["answers"]["adam"]
    assert len({old.exam, *found["exams"]["keys"].values()}) == 3
    schema = json.loads((whole.folder / "lenet/schema/experiment-1.json").read_bytes())
    documented = schema["properties"]["experiment"]["properties"]["settings"]["properties"]
    assert set(documented) == set(found["names"])


def test_facets_decide(old: Old, tmp_path: Path) -> None:
    """The same setting, but for races only, and it enters neither exams nor circumstances."""
    other = DECLARED.replace('"what"', '"no"').replace('"{}"', "None").replace("EVERY", "RACE")
    found = Copy(tmp_path / "copy", old, other).probe()
    assert set(found["exams"]["keys"].values()) == {old.exam}
    assert found["exams"]["asked"]["adam"] == "sgd"
    assert found["circumstances"]["differences"] == []
    assert set(found["circumstances"]["keys"]) == {old.circumstance}
    assert [form for form, asks in found["forms"].items() if asks] == ["race"]


FACETS = next(line for line in DECLARED.splitlines(keepends=True) if "Facets" in line)
UNSAID = "Setting 'optimizer' does not say what it is for; declare it by _option("


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        ('    optimizer: str = "sgd"\n', UNSAID),
        (DECLARED.replace(FACETS, ""), UNSAID),
        (DECLARED.replace('shown="yes", ', ""), "missing 1 required keyword-only argument: 'shown'"),
    ],
    ids=["plain", "without facets", "without one facet"],
)
def test_a_setting_that_does_not_say_what_it_is_for_is_refused(
    declared: str, says: str, old: Old, tmp_path: Path
) -> None:
    refused = Copy(tmp_path / "copy", old, declared).python("-m", "lenet", "run", "--help")
    assert refused.returncode == 1 and says in refused.stderr
