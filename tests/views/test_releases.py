"""A race of every release: what it says, its chart and its table, on the page, in HTML, Markdown and the shell."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence

import jsonschema
import pytest

from lenet.analysis import releases, report
from lenet.bench.bisect import Asked
from lenet.document.html import experiment_page
from lenet.document.markdown import as_markdown
from lenet.home import Home
from lenet.program import PACKAGE
from lenet.records import Annotation, Request
from lenet.settings import Settings
from lenet.store import Store
from lenet.views import releases as views
from lenet.views import stored as shown
from tests.helpers import stored
from tests.helpers.golden import page

NAMES = ("2.0.0", "2.1.0", "2.2.0", "2.3.0", "2.4.0")
VALUES = {"rounds": 5, "threads": 1, "images_per_epoch": 32 * stored.BATCHES}


def add(store: Store, home: Home, ms: Sequence[float], failed: Sequence[str] = ()) -> int:
    """Store a race of all NAMES with these times."""
    asked = Asked("numpy", NAMES, "numpy_reference", VALUES)
    request = asked.request(home, NAMES, asked.settings())
    times = dict(zip(request.variants, ms, strict=True))
    crashed = tuple(entry for entry, name in zip(request.variants, NAMES, strict=True) if name in failed)
    return stored.add(store, request, times, failed=crashed, machine={**stored.MACHINE, "host": socket.gethostname()})


def row(store: Store, number: int) -> releases.Row:
    found = releases.of(report.load(store, number))
    assert found
    return found


def test_the_first_release_that_is_slower_is_said_first_and_later_ones_after_it(store: Store, home: Home) -> None:
    found = row(store, add(store, home, (4.0, 4.0, 5.0, 5.0, 4.0)))
    first, second = releases.sentences(found)
    assert first.startswith("numpy 2.2.0 is the first release that is slower: a batch of NumPy reference takes 1.2")
    assert first.endswith(" times as long as with 2.1.0.")
    assert second.startswith("2.4.0 is faster: a batch of NumPy reference takes 0.8")
    assert [one.name for one, _ in found.steps] == ["2.2.0", "2.4.0"]


def test_without_a_step_the_ends_are_said(store: Store, home: Home) -> None:
    (sentence,) = releases.sentences(row(store, add(store, home, (4.0,) * 5)))
    assert sentence.startswith("No release of numpy from 2.0.0 to 2.4.0 surely takes another time than the one before")
    assert "are equal within" in sentence


def test_a_release_that_did_not_finish_has_no_place_and_the_next_is_held_against_the_one_before_it(
    store: Store, home: Home
) -> None:
    found = row(store, add(store, home, (4.0, 4.0, 4.0, 5.0, 5.0), failed=["2.2.0"]))
    assert [one.name for one, _ in found.left_out] == ["2.2.0"]
    assert releases.sentences(found)[0].endswith("times as long as with 2.1.0.")
    assert views.table(found).rows["name"].tolist() == ["2.0.0", "2.1.0", "2.3.0", "2.4.0"]


def test_the_chart_has_each_release_with_the_interval_of_its_ratio_to_the_first(store: Store, home: Home) -> None:
    found = row(store, add(store, home, (4.0, 4.0, 5.0, 5.0, 5.0)))
    section = views.section(found.report)
    chart = section.blocks[0].chart
    assert chart is not None
    (marks,) = chart.data
    assert list(chart.layout.xaxis.ticktext) == list(NAMES)
    assert marks.y[0] == 1 and marks.y[2] == pytest.approx(1.25, rel=0.02)
    assert marks.error_y.array[0] == 0 and 0 < marks.error_y.array[2] < 0.05
    assert [one.text for one in chart.layout.annotations] == [f"{100 * (found.steps[0][1].ratio - 1):+.1f} %"]


def test_it_is_the_same_on_the_page_in_html_and_in_markdown(store: Store, home: Home) -> None:
    number = add(store, home, (4.0, 4.0, 5.0, 5.0, 5.0))
    view = shown.load(store, number)
    sentence = view.headlines[0]
    assert sentence.startswith("numpy 2.2.0 is the first")
    html = experiment_page(view, Annotation())
    assert "Time per release of numpy" in html and sentence in html and html.count("application/json") > 1
    assert sentence in as_markdown(view)
    assert sentence in page("pages/results.py", experiment=str(number)).replace("\\", "")


def test_the_json_has_the_row_and_keeps_the_schema(store: Store, home: Home) -> None:
    written = shown.as_json(store, add(store, home, (4.0, 4.0, 5.0, 5.0, 5.0)))
    schema = json.loads((PACKAGE / "schema" / "experiment-1.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(json.dumps(written)), schema)
    assert [one["changed"] for one in written["releases"]["entries"]] == [None, None, "slower", None, None]


@pytest.mark.parametrize(
    "plan",
    [
        {"releases": 5},
        {"releases": {"package": "numpy"}},
        {"releases": {"package": "<b>", "entries": [["numpy_reference", "1"]]}},
        {"releases": {"package": "numpy", "entries": 5}},
        {"releases": {"package": "numpy", "entries": [5]}},
        {"releases": {"package": "numpy", "entries": [["numpy_reference", "<b>1</b>"]]}},
        {"releases": {"package": "numpy", "entries": [["numpy_reference", 1]]}},
        {"releases": {"package": "numpy", "entries": [["keras_fit", "1"]]}},
        {"releases": {"package": "numpy", "entries": [["numpy_reference", "1"]] * 2}},
    ],
)
def test_a_plan_that_says_what_it_likes_is_no_row(plan: dict[str, object]) -> None:
    assert releases.planned(Request(("numpy_reference",), Settings(), plan=plan)) == ()


def test_another_race_has_no_row(store: Store) -> None:
    number = stored.add_race(store, stored.TODAY, 5.0, 4.0)
    loaded = report.load(store, number)
    assert releases.of(loaded) is None
    assert views.headlines(loaded) == () and views.section(loaded).blocks == ()
