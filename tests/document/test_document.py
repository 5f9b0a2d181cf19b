"""The answer as one HTML file: whole, balanced, escaped, and asking nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lenet import catalog, instruments, requests
from lenet.analysis.issue7439 import answer as answers
from lenet.analysis.issue7439.answer import TODAY
from lenet.cli.main import main
from lenet.document import html
from lenet.document.html import answer_page
from lenet.home import Home
from lenet.records import Annotation, Request
from lenet.settings import Settings
from lenet.store import Store
from lenet.views import stored as stored_views
from tests.helpers import stored

HOSTILE = '</script><script>window.owned = 1</script><img src=x onerror="window.owned = 1">\'"&{{ 7 * 7 }}'
VOID = {"meta", "link", "br", "img", "hr", "col", "input"}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def experiment_page(store: Store, number: int) -> str:
    return html.experiment_page(stored_views.load(store, number), store.annotation(number))


def exported(store: Store) -> str:
    return answer_page(answers.gather(store, answers.choose(store)))


class Page(HTMLParser):
    """A document taken apart: its elements, the text of scripts, what a reader reads, what is not balanced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[str | None, str]] = []
        self.words: list[str] = []
        self.wrong: list[str] = []
        self.feed(text)
        self.close()
        self.wrong += self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append((self.elements[-1][1].get("type"), data))
        elif "style" not in self.open:
            self.words.append(data)

    @property
    def charts(self) -> list[Any]:
        return [json.loads(text) for kind, text in self.scripts if kind == "application/json"]


def asked(page: Page) -> list[str]:
    """Every address in the document, but for links that a reader must click."""
    found = [value for tag, given in page.elements for name, value in given.items()
             if name in ("src", "href", "data", "action", "srcset", "poster") and tag != "a"]  # fmt: skip
    return [str(value) for value in found]


def test_it_is_whole_balanced_and_asks_nobody_for_anything(store: Store) -> None:
    stored.add_everything(store)
    text = exported(store)
    page = Page(text)
    assert page.wrong == [] and asked(page) == []
    assert len(page.charts) == 5 and all(chart["data"] for chart in page.charts)
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style and "@import" not in style
    assert "prefers-color-scheme: dark" in style and "@media print" in style
    assert text.count("plotly.js v") == 1 and 4_000_000 < len(text) < 6_000_000
    words = " ".join(" ".join(page.words).split())
    assert "Keras is slower than TensorFlow" in words and "tensorflow 1.2.1" in words
    assert "class LeNet" in words.replace("\xa0", " ")
    links = [given["href"] for tag, given in page.elements if tag == "a"]
    assert links[0] == "https://github.com/keras-team/keras/issues/7439" and len(links) == 6
    parts = [given.get("id") for tag, given in page.elements if tag == "section"]
    assert all(link.removeprefix("#") in parts for link in links[1:])


def test_its_policy_lets_its_own_two_scripts_run_and_nothing_else(store: Store) -> None:
    page = Page(exported(store))
    policy = next(str(given["content"]) for tag, given in page.elements if given.get("http-equiv"))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "'unsafe-eval'" not in policy and "http" not in policy
    code = [text for kind, text in page.scripts if kind is None]
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in code]
    assert re.findall(r"'sha256-([^']+)'", policy) == hashes and len(hashes) == 2
    assert not any(name.startswith("on") for _, given in page.elements for name in given)


def test_an_empty_store_still_makes_a_document(store: Store) -> None:
    page = Page(exported(store))
    words = " ".join(page.words)
    assert page.wrong == [] and len(page.charts) == 1
    assert words.count("not been measured here yet") == 4  # the title, and each of the three sentences
    commands = {f"python -m lenet {part.command}" for era in answers.ERAS for part in answers.wanted(era)}
    assert commands <= set(page.words)


def test_what_was_stored_never_becomes_markup(store: Store) -> None:
    machine = {"host": HOSTILE, "cpu": HOSTILE, "cores": HOSTILE}
    stored.add_race(store, TODAY, 6.0, 4.0, machine=machine)
    stored.add_counts(store, TODAY, False, machine=machine, packages={HOSTILE: HOSTILE}, told_by=HOSTILE)
    stored.add_ladder(store, catalog.ladder("today"), machine=machine)
    plain = Page(exported(store))
    assert plain.wrong == [] and asked(plain) == []
    assert len([kind for kind, _ in plain.scripts if kind is None]) == 2
    assert not [tag for tag, _ in plain.elements if tag == "img"]
    assert "".join(plain.words).count(HOSTILE) >= 8  # it is read as it was written


def test_a_chart_cannot_end_its_element(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    number = stored.add_race(store, TODAY, 6.0, 4.0)
    monkeypatch.setitem(answers_when(), "today", HOSTILE)
    page = Page(exported(store))
    assert number and page.wrong == [] and len(page.scripts) == 3
    assert HOSTILE in page.charts[0]["data"][0]["x"]


def answers_when() -> dict[str, str]:
    from lenet.charts.answer import WHEN

    return WHEN


# Any experiment


def test_every_instrument_has_a_document(store: Store) -> None:
    stored.add_everything(store)
    stored.add(store, requests.profile_request(("keras_fit",), {}), lambda entry: 1.0)
    stored.add(store, requests.noise_request("keras_fit", 4, {}), lambda entry: 2.0)
    least = {"race": 3, "noise": 3, "ladder": 2, "law": 1, "counts": 0, "profile": 0}
    seen = set()
    for one in store.experiments():
        page = Page(experiment_page(store, one.id))
        words = " ".join(page.words)
        assert page.wrong == [] and asked(page) == []
        assert len(page.charts) >= least[one.request.instrument] and all(chart["data"] for chart in page.charts)
        assert instruments.subject(one.request) in words and "Circumstances" in words and "Batch size" in words
        seen.add(one.request.instrument)
    assert seen == set(least)


def test_an_experiment_that_made_nothing_has_a_document(store: Store) -> None:
    number = store.add_experiment(Request(("keras_fit", "tensorflow_graph"), Settings.parse({})), "me")
    assert "Queued." in " ".join(Page(experiment_page(store, number)).words)
    store.end_experiment(number, "cancelled", "It was stopped.")
    page = Page(experiment_page(store, number))
    assert page.wrong == [] and page.charts == [] and "Cancelled. It was stopped." in page.words


def test_a_run_that_failed_is_in_the_document_with_its_log(store: Store) -> None:
    number = stored.add_race(store, TODAY, 6.0, 4.0, failed=(TODAY.keras,))
    words = " ".join(" ".join(Page(experiment_page(store, number)).words).split())
    assert "Runs that did not finish" in words and "crashed. It was ended by signal 9." in words


def test_what_a_user_wrote_stands_in_it(store: Store) -> None:
    number = stored.add_race(store, TODAY, 6.0, 4.0)
    store.annotate(number, Annotation("After the update", "Line one\nline two", ("ci",)))
    page = Page(experiment_page(store, number))
    assert "After the update" in page.words and "Line one\nline two" in page.words


# The command


def test_why_export_writes_the_file_whole(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "answer.html"
    result = CliRunner().invoke(main, ["why", "export", "--output", str(file)])
    assert (result.exit_code, result.output) == (0, f"Written to {file}.\n")
    assert Page(file.read_text(encoding="utf-8")).wrong == []
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["answer.html"]


def test_why_export_into_no_folder_is_one_sentence(home: Home, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["why", "export", "--output", str(tmp_path / "none" / "answer.html")])
    assert result.exit_code == 2 and "There is no folder" in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_a_file_that_cannot_be_written_leaves_what_was_there(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "answer.html"
    file.write_text("older")

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as out:
            out.write(content[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    result = CliRunner().invoke(main, ["why", "export", "--output", str(file)])
    assert result.exit_code == 1 and "No space left on device" in result.output
    assert file.read_text() == "older"
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["answer.html"]


# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Begun before a test has a temporary folder of its own: the path of Chromium's socket may not be long."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, headless=True, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_it_draws_its_charts_from_disk_without_a_network(browser: Any, store: Store, tmp_path: Path) -> None:
    stored.add_everything(store, machine={"host": HOSTILE, "cpu": HOSTILE, "cores": 2})
    file = tmp_path / "answer.html"
    file.write_text(exported(store), encoding="utf-8")
    for scheme, width in (("light", 1280), ("dark", 1280), ("light", 390)):
        context = browser.new_context(offline=True, color_scheme=scheme, viewport={"width": width, "height": 900})
        look(context.new_page(), file, scheme, width)
        context.close()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_any_experiment_draws_its_charts_from_disk(browser: Any, store: Store, tmp_path: Path) -> None:
    numbers = [stored.add_race(store, TODAY, 6.0, 4.0, machine={"host": HOSTILE, "cpu": HOSTILE}),
               stored.add_ladder(store, catalog.ladder("today"))]  # fmt: skip
    for number in numbers:
        file = tmp_path / f"experiment-{number}.html"
        file.write_text(experiment_page(store, number), encoding="utf-8")
        context = browser.new_context(offline=True, color_scheme="dark", viewport={"width": 390, "height": 900})
        look(context.new_page(), file, "dark", 390, len(Page(file.read_text(encoding="utf-8")).charts))
        context.close()


def look(page: Any, file: Path, scheme: str, width: int, charts: int = 5) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if request.url != file.as_uri() else None)
    page.goto(file.as_uri())
    drawn = "[...document.querySelectorAll('.chart')].filter((c) => c.querySelector('.trace')).length"
    page.wait_for_function(f"{drawn} === {charts}")
    colors = {"light": "rgb(28, 33, 40)", "dark": "rgb(231, 233, 236)"}
    page.wait_for_function(
        "(color) => [...document.querySelectorAll('.chart .xtick text')].every((t) => t.style.fill === color)",
        arg=colors[scheme],
    )
    assert page.evaluate("window.owned") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.pdf()  # printing paints the charts for paper, and back
    page.wait_for_function(
        "(color) => document.querySelector('.chart .xtick text').style.fill === color", arg=colors[scheme]
    )
    assert complaints == []
