"""Page, shell, HTML and Markdown say the same figures of a result, and golden files keep them.

`python -m tests.helpers.golden` writes the golden files again; look at the difference before you
commit it.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from lenet.analysis.across import compare as comparing
from lenet.analysis.words import MISSING
from lenet.cli import terminal
from lenet.cli.main import main
from lenet.document.html import experiment_page
from lenet.document.markdown import as_markdown
from lenet.home import Home
from lenet.records import Annotation
from lenet.store import open_store
from lenet.views import compare, stored
from lenet.views.blocks import Table, View
from tests.helpers import golden
from tests.pages.test_pages import a_server_that_has_run, fresh_streamlit, open_page

__all__ = ["a_server_that_has_run", "fresh_streamlit"]

PAGES = {"race": "pages/results.py", "short": "pages/results.py", "ladder": "pages/why.py", "law": "pages/why.py"}
KEPT = sorted(file.name for file in golden.FOLDER.glob("*.txt"))


@pytest.fixture
def numbers(home: Home) -> dict[str, int]:
    """One experiment of each kind, in the store of this test."""
    store = open_store(home.database_url)
    filled = golden.fill(store)
    store.close()
    return filled


@pytest.fixture
def views(home: Home, numbers: dict[str, int]) -> dict[str, View]:
    """The view of each experiment, and of a comparison."""
    store = open_store(home.database_url)
    shown = {name: stored.load(store, number) for name, number in numbers.items()}
    from lenet.analysis import report as reports

    before, after = (reports.load(store, numbers[name]) for name in ("race", "later"))
    pairs = comparing.choose(before, "", after, "")
    shown["compare"] = compare.view(comparing.compare(before, after, pairs))
    store.close()
    return shown


def tables(view: View) -> list[Table]:
    """The tables that every rendering shows, without their detail columns."""
    blocks = (block for section in view.sections for block in section.blocks)
    return [block.table.brief() for block in blocks if block.table and not block.folded]


def cells(view: View) -> list[str]:
    """Every cell of the tables that every rendering shows."""
    return [cell for table in tables(view) for row in table.cells for cell in row]


def flat(text: str) -> str:
    """A text in one line, without the escapes that a rendering adds."""
    return " ".join(re.sub(r"\\([*_\[\]`:<$~#|])", r"\1", text).split())


def shown_in_shell(view: View, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(terminal.console, "width", 400)
    with terminal.console.capture() as captured:
        terminal.show(view)
    return captured.get()


@pytest.mark.parametrize("name", ["race", "short", "ladder", "law", "compare"])
def test_shell_html_and_markdown_say_every_figure(
    name: str, views: dict[str, View], monkeypatch: pytest.MonkeyPatch
) -> None:
    view = views[name]
    assert cells(view), "a result without figures proves nothing"
    texts = {
        "shell": flat(shown_in_shell(view, monkeypatch)),
        "markdown": flat(as_markdown(view)),
        "html": flat(" ".join(golden.Words(experiment_page(view, Annotation())).lines)),
    }
    for how, text in texts.items():
        missing = [cell for cell in {*cells(view)} if cell and flat(cell) not in text]
        assert missing == [], how
        assert all(flat(sentence) in text for sentence in (*view.answers, *view.cautions)), how
        assert "nan" not in text.lower().split() and "nan [nan" not in text, how


def written(value: Any, form: str | None) -> str:
    """A cell as Streamlit writes it."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if form is None:
        return str(value)
    return f"{value:,.12g}" if form == "localized" else f"{value:{form.removeprefix('%')}}"


def formats(frame: Any) -> dict[str, str]:
    """The formats of the numbers in a table on a page, by column."""
    configured = json.loads(frame.proto.columns)
    return {name: one["type_config"]["format"] for name, one in configured.items()
            if isinstance(one, dict) and one.get("type_config", {}).get("format")}  # fmt: skip


def as_read(frame: Any) -> pd.DataFrame:
    """A table on a page as a reader sees it."""
    forms = formats(frame)
    return pd.DataFrame(
        {name: [written(value, forms.get(name)) for value in frame.value[name]] for name in frame.value}
    )


@pytest.mark.parametrize("name", PAGES)
def test_the_page_says_every_figure_too(name: str, numbers: dict[str, int], views: dict[str, View]) -> None:
    page = open_page(PAGES[name], experiment=str(numbers[name]))
    assert not page.exception
    read = [as_read(frame) for frame in page.dataframe]
    drawn = [line for one in page.get("bidi_component") for line in golden.component(one)]
    for table in tables(views[name]):
        if all(any(" ".join(row) in line for line in drawn) for row in table.cells):
            continue
        wanted = pd.DataFrame(table.cells, columns=table.headers)
        assert any(
            set(wanted.columns) <= set(one.columns) and one[wanted.columns].astype(str).equals(wanted) for one in read
        ), table.headers


def test_what_is_not_there_is_a_dash_in_all_four(
    numbers: dict[str, int], views: dict[str, View], monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyTorch could not run, so every figure of its row is a dash without an interval."""
    figures = next(table for table in tables(views["race"]) if "Energy (J/batch)" in table.headers)
    row = next(row for row in figures.cells if row[0] == "PyTorch bare loop")
    assert set(row[1:-1]) == {MISSING} and "Device memory (MiB)" in figures.headers
    for text in (shown_in_shell(views["race"], monkeypatch), as_markdown(views["race"])):
        lines = [line for line in text.splitlines() if "PyTorch bare loop" in line and "3 unavailable" in line
                 and "Runs" not in line and "has no" not in line]  # fmt: skip
        assert lines[-1].count(MISSING) == len(figures.brief().headers) - 2
    page = open_page("pages/results.py", experiment=str(numbers["race"]))
    on_page = next(as_read(frame) for frame in page.dataframe if "Energy (J/batch)" in frame.value)
    assert set(on_page.set_index("Variant").loc["PyTorch bare loop"].drop("Runs")) == {MISSING}


def test_a_column_that_nothing_fills_is_left_out(views: dict[str, View]) -> None:
    headers = [header for table in tables(views["short"]) for header in table.headers]
    assert "Peak memory (MiB)" in headers and not {"Energy (J/batch)", "Device memory (MiB)"} & set(headers)


@pytest.mark.parametrize("words", [["show", "999"], ["show", "999", "--markdown"], ["compare", "1", "999"]])
def test_what_is_not_there_at_all_is_one_sentence(numbers: dict[str, int], words: list[str]) -> None:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2 and result.output.startswith("lenet: There is no experiment 999")


@pytest.fixture(scope="module")
def now(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The outputs of all four renderings, by golden file."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LENET_HOME", "replaced below")
        return {f"{name}.txt": text for name, text in golden.everything(tmp_path_factory.mktemp("golden")).items()}


def test_every_output_has_a_golden_file(now: dict[str, str]) -> None:
    assert sorted(now) == KEPT


@pytest.mark.parametrize("name", KEPT)
def test_nothing_has_changed_unseen(name: str, now: dict[str, str]) -> None:
    kept = (golden.FOLDER / name).read_text(encoding="utf-8")
    assert now[name] == kept, f"If this is meant: python -m tests.helpers.golden, and look at the difference of {name}."


def test_a_changed_figure_is_seen(now: dict[str, str]) -> None:
    assert now["race.shell.txt"].replace("4.013", "4.014") != (Path(golden.FOLDER) / "race.shell.txt").read_text()
