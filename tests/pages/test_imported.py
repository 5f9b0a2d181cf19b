"""Pages of experiments that somebody else wrote: they open, name the machine, and what is written stays text."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lenet import catalog
from lenet.analysis.issue7439.answer import TODAY
from lenet.analysis.why import findings
from lenet.charts import waterfall
from lenet.exchange import import_bundle, read_parquet
from lenet.records import Annotation, Request
from lenet.settings import Settings
from lenet.store import open_store
from tests.exchange.test_exchange import forged, taken_apart
from tests.helpers import stored
from tests.pages import test_pages
from tests.pages.test_history import clean
from tests.pages.test_pages import open_page, texts

BARE = "https://example.invalid WWW.example.invalid a@example.invalid"
MARK = (
    '![x](https://example.invalid/x.png) <img src=x onerror="alert(1)"> [y](https://example.invalid) :red[z] $q$ '
    f"{BARE}"
)
LINK = re.compile(r"(?<!\\)\]\(https://\u200b?example")
LINKED = re.compile(r"https?://\w|www\.\w|\w@\w[-\w]*\.\w", re.IGNORECASE)
"""What Markdown makes a link of by itself, once escapes are gone."""
a_server_that_has_run = test_pages.a_server_that_has_run
fresh_streamlit = test_pages.fresh_streamlit
service = test_pages.service


@pytest.fixture
def elsewhere(tmp_path: Path) -> Any:
    with closing(open_store(f"sqlite:///{tmp_path / 'elsewhere.db'}")) as store:
        yield store


def brought(service: Any, store: Any, number: int) -> int:
    """The same for the store of a service."""
    return brought_into(service.store, store, number)


def brought_into(here: Any, store: Any, number: int) -> int:
    """The experiment, imported after somebody has put marks wherever a text may stand."""
    document, rows = taken_apart(store, number)
    asked = document["experiment"]
    asked |= {"status": "failed", "reason": MARK, "submitter": MARK, "preset": MARK}
    asked["machine"] = {"host": MARK, "cpu": MARK, "cores": 2, "platform": MARK}
    asked["origin"]["host"] = MARK
    if asked["instrument"] == "ladder":
        asked["plan"]["title"] = MARK
        for place, change in enumerate(asked["plan"]["changes"]):
            change["title"] = f"{place} {MARK}"
    for place, run in enumerate(document["runs"]):
        run["reason"], run["log"] = MARK, MARK
        run["facts"] = {"packages": {MARK: MARK}, MARK: MARK}
        run["status"] = "crashed" if place == 0 else run["status"]
    number = import_bundle(here, read_parquet(forged(json.loads(json.dumps(document)), rows)))
    here.annotate(number, Annotation(MARK, MARK, (MARK[:40],)))
    return number


def labels_of(page: Any, kind: str) -> list[str]:
    return [element.proto.label for element in page.get(kind)]


def said(page: Any) -> str:
    """All that is Markdown on a page; none of it is a link or a picture from elsewhere."""
    clean_page = texts(page)
    assert not page.exception, page.exception
    assert not any(element.allow_html for element in page.markdown)
    labels = [element.label for kind in ("selectbox", "expander", "button", "tabs") for element in page.get(kind)]
    everything = "\n".join([clean_page, *map(str, labels)])
    assert not LINK.search(everything), LINK.search(everything)
    kinds = ("header", "subheader", "markdown", "caption", "info", "warning", "error", "success")
    drawn = [element.value.replace("\\", "") for kind in kinds for element in page.get(kind)]
    drawn += [str(label).replace("\\", "") for kind in ("button", "page_link") for label in labels_of(page, kind)]
    assert not any(map(LINKED.search, drawn)), next(filter(LINKED.search, drawn))
    return everything


def test_a_race_on_the_results_page(service: Any, elsewhere: Any) -> None:
    request = Request((*TODAY.pair, "numpy_reference"), Settings.parse({"rounds": 2}))
    number = stored.add(elsewhere, request, lambda entry: 2.0, failed=("numpy_reference",))
    arrived = brought(service, elsewhere, number)
    page = open_page("pages/results.py", experiment=str(arrived))
    assert "Raced on" in said(page)
    said(open_page("pages/race.py", experiment=str(arrived)))
    said(clean(open_page("pages/history.py", chosen=str(arrived))))


def test_a_race_on_the_code_page_where_there_is_none_from_here(service: Any, elsewhere: Any) -> None:
    left, right = TODAY.pair
    arrived = brought(service, elsewhere, stored.add_race(elsewhere, TODAY, 7.0, 5.0))
    page = open_page("pages/code.py", left=left, right=right)
    assert said(page).count("Raced on") == 2 and all(metric.value.endswith(" ms") for metric in page.metric)
    assert f"Experiment {arrived}" in labels_of(page, "page_link")
    mine = stored.add_race(service.store, TODAY, 9.0, 8.0)
    stored.add_race(elsewhere, TODAY, 7.0, 5.0)
    brought(service, elsewhere, 2)
    page = open_page("pages/code.py", left=left, right=right)
    assert "Raced on" not in said(page) and f"Experiment {mine}" in labels_of(page, "page_link")


@pytest.mark.parametrize("instrument", ["ladder", "law", "counts"])
def test_what_asks_why_on_its_page(service: Any, elsewhere: Any, instrument: str) -> None:
    number = {
        "ladder": lambda: stored.add_ladder(elsewhere, catalog.ladder("today")),
        "law": lambda: stored.add_law(elsewhere, {TODAY.keras: (1.6, 0.17), TODAY.tensorflow: (0.4, 0.165)}),
        "counts": lambda: stored.add_counts(elsewhere, TODAY, True, told_by=MARK),
    }[instrument]()  # fmt: skip
    page = open_page("pages/why.py", experiment=str(brought(service, elsewhere, number)))
    assert "Raced on" in said(page)


def test_a_program_that_nobody_knows_here_opens_on_its_page(service: Any, elsewhere: Any) -> None:
    document, rows = taken_apart(elsewhere, stored.add_race(elsewhere, TODAY, 6.0, 4.0))
    text = json.dumps(document).replace(TODAY.keras, "keras_of_tomorrow").replace('"main"', '"tf999"')
    arrived = import_bundle(service.store, read_parquet(forged(json.loads(text), rows)))
    for path in ("pages/results.py", "pages/race.py"):
        assert "keras_of_tomorrow" in said(clean(open_page(path, experiment=str(arrived)))).replace("\\", "")
    said(clean(open_page("pages/history.py", chosen=str(arrived), variant="keras_of_tomorrow")))
    assert service.submitted == []


def test_no_chart_takes_a_title_for_markup(service: Any, elsewhere: Any) -> None:
    number = brought(service, elsewhere, stored.add_ladder(elsewhere, catalog.ladder("today")))
    climb = findings.load(service.store, number).climb
    assert climb is not None and climb.bars
    drawn = waterfall.waterfall(climb).to_json()
    assert "&lt;img src=x" in drawn
    assert "<img" not in drawn and "\\u003cimg" not in drawn
