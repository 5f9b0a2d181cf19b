"""The verdicts of an experiment on its page: all there, the first thing to read big, and no wall of headings."""

from __future__ import annotations

import pytest

from lenet import stacks
from lenet.analysis import report as reports
from lenet.records import Request
from lenet.settings import Settings
from tests.helpers import stored
from tests.pages.test_pages import a_server_that_has_run, fresh_streamlit, headers, open_page, service, texts

__all__ = ["a_server_that_has_run", "fresh_streamlit", "service"]

TIMES = {
    "tensorflow_graph": 3.0, "tensorflow_function": 3.5, "keras_fit": 5.0, "numpy_reference": 8.0, "keras_lean": 4.0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def everything_runs_here(monkeypatch):
    """Nothing is installed for these tests, and nothing is started."""
    monkeypatch.setattr(stacks, "availability", lambda variant: stacks.Availability(True, "", {}))


def shown(service, names, **values):
    """The report of a race of `names`, and its page."""
    asked = Request(tuple(names), Settings.parse({"rounds": 3, "images_per_epoch": 32 * stored.BATCHES}))
    number = stored.add(service.store, asked, TIMES, **values)
    page = open_page("pages/results.py", experiment=str(number))
    assert not page.exception and not page.error
    return reports.load(service.store, number), page


@pytest.mark.parametrize("count", [2, 3])
def test_few_verdicts_are_all_big(service, count):
    report, page = shown(service, list(TIMES)[:count])
    assert headers(page) == [pair.verdict for pair in report.pairs]
    assert len(report.pairs) == (1, 3)[count - 2]


def test_of_many_the_widest_is_big_and_the_rest_is_folded_by_the_faster_one(service):
    report, page = shown(service, TIMES)
    assert len(report.pairs) == 10
    (head,) = page.header
    assert head.value.startswith("NumPy reference takes 2.") and "as long as TensorFlow graph" in head.value
    said = texts(page).replace("\\", "")
    assert all(pair.verdict in said for pair in report.pairs)
    (folded,) = (box for box in page.expander if box.label == "The other 6 pairs")
    inside = "\n".join(element.value for element in folded.markdown)
    assert [line for line in inside.splitlines() if line.startswith("**")] == [
        "**Against TensorFlow function**", "**Against Keras lean**", "**Against Keras fit**",
    ]  # fmt: skip
    assert inside.count("takes") == 6


def test_what_was_not_compared_is_still_said(service):
    report, page = shown(service, TIMES, wrong=("keras_fit",))
    assert len(report.pairs) == 6 and len(page.header) == 1
    (warning,) = (box.value for box in page.warning if "not equivalent" in box.value)
    assert warning.startswith("Keras fit is not equivalent to the reference")
