"""The recipes of docs/developing.md cost what they say: each is followed in a copy of the program, and nothing else is.

A variant is added in `variants/test_newcomer.py`, a setting in `test_planted_setting.py`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.helpers.places import ROOT
from tools import structure

MADE = '        "slowest_ms": float(ms.max()) if len(ms) else NAN,\n'
SHOWN = '    Column("Slowest", "slowest_ms", "ms", ".2f"),\n'
DESCRIBED = '        "slowest_ms": {"type": ["number", "null"], "description": "The longest steady batch."},\n'
COLUMN = {
    "lenet/analysis/standings.py": ('        "p95_ms": p95,\n', MADE),
    "lenet/views/race.py": ('    Column("p95", ', SHOWN),
    "lenet/schema/experiment-1.json": ('        "batch_joules": {\n', DESCRIBED),
}
HELLO = """\"\"\"Hello.\"\"\"

import streamlit as st

from pages.parts import frame

frame.require()
st.markdown("A new page.")
"""
PAGE = {
    "pages/hello.py": ("", HELLO),
    "pages/parts/frame.py": ('    ("pages/system.py", ', '    ("pages/hello.py", "Hello", ":material/check:"),\n'),
}
FOUR = """
import json
from tests.helpers import golden
from lenet.analysis import export
from lenet.analysis import report as reports
from lenet.home import open_home
from lenet.store import open_store
store = open_store(open_home().database_url)
number = golden.fill(store)["race"]
words = ["show", str(number)]
shown = {
    "page": golden.page("pages/results.py", experiment=str(number)), "html": golden.html(store, number),
    "shell": golden.shell(words), "markdown": golden.shell([*words, "--markdown"]),
}
print(json.dumps({"shown": shown, "json": export.as_json(reports.load(store, number))}))
"""
OPENED = """
from streamlit.testing.v1 import AppTest
page = AppTest.from_file("app.py", default_timeout=60)
page.run()
page.switch_page("pages/hello.py").run()
print([title.value for title in page.title], [text.value for text in page.markdown], len(page.exception))
"""


def tree(folder: Path, changes: dict[str, tuple[str, str]]) -> Path:
    """A copy of the program with a text put before a place in each file; a file without a place is new."""
    for name in ("lenet", "pages", "tests"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "app.py", folder)
    for name, (before, text) in changes.items():
        file = folder / name
        source = file.read_text(encoding="utf-8") if before else ""
        assert not before or source.count(before) >= 1, f"{name} has no place for {text!r}"
        file.write_text(source.replace(before, text + before, 1) if before else text, encoding="utf-8")
    return folder


def run(folder: Path, program: str) -> str:
    """What a program prints in the copy."""
    environment = {
        **os.environ,
        "LENET_HOME": str(folder / "home"),
        "PYTHONPATH": str(folder),
        "PYTHONWARNINGS": "ignore",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def cost() -> dict[str, list[str]]:
    """The files of each recipe."""
    return dict(structure.recipes(ROOT))


@pytest.fixture(scope="module")
def with_a_column(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the four renderings show of a race, and its JSON, with one column more."""
    return json.loads(run(tree(tmp_path_factory.mktemp("column"), COLUMN), FOUR))


def test_a_results_column_costs_the_three_files_of_its_recipe(cost: dict[str, list[str]]) -> None:
    assert cost["Add a results column"] == list(COLUMN)


@pytest.mark.parametrize("how", ["page", "shell", "html", "markdown"])
def test_a_results_column_is_in_all_four(how: str, with_a_column: Any) -> None:
    text = " ".join(with_a_column["shown"][how].split())
    slowest = next(one["slowest_ms"] for one in with_a_column["json"]["variants"] if one["label"] == "keras_fit")
    assert "Slowest" in text and (f"{slowest:.6g}" if how == "page" else f"{slowest:.2f}") in text


def test_a_results_column_is_in_the_json_that_the_schema_describes(with_a_column: Any, tmp_path: Path) -> None:
    copy = tree(tmp_path, COLUMN)
    schema = json.loads((copy / "lenet/schema/experiment-1.json").read_text(encoding="utf-8"))
    jsonschema.validate(with_a_column["json"], schema)
    assert {variant["label"]: variant["slowest_ms"] for variant in with_a_column["json"]["variants"]}["keras_fit"] > 5
    forgotten = json.loads((ROOT / "lenet/schema/experiment-1.json").read_text(encoding="utf-8"))
    with pytest.raises(jsonschema.ValidationError, match="slowest_ms"):
        jsonschema.validate(with_a_column["json"], forgotten)


def test_a_page_costs_the_two_files_of_its_recipe(cost: dict[str, list[str]], tmp_path: Path) -> None:
    assert len(cost["Add a page"]) == len(PAGE) == 2
    assert run(tree(tmp_path, PAGE), OPENED) == "['LeNet Bench · Hello'] ['A new page.'] 0"
