"""The verdicts of an experiment on its page: all there, the first thing to read big, and no wall of headings."""

from __future__ import annotations

import pytest

from lenet import catalog, stacks
from lenet.analysis import report as reports
from lenet.records import Request
from lenet.settings import Settings
from tests.helpers import golden, stored
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
def test_of_few_the_widest_is_big_and_the_others_have_a_sentence_each(service, count):
    report, page = shown(service, list(TIMES)[:count])
    assert len(report.pairs) == (1, 3)[count - 2]
    _, head = headers(page)
    assert head == max(report.pairs, key=lambda pair: pair.ratio).verdict
    assert all(pair.verdict in texts(page).replace("\\", "") for pair in report.pairs)


def test_of_many_the_widest_is_big_and_the_rest_is_counted_ranked_and_a_matrix(service):
    report, page = shown(service, TIMES)
    assert len(report.pairs) == 10
    _, head = page.header
    assert head.value.startswith("NumPy reference takes 2.") and "as long as TensorFlow graph" in head.value
    assert "Against TensorFlow graph: 4 slower, 0 faster, 0 undecided." in texts(page).replace("\\", "")
    (rows,) = (golden.component(one) for one in page.get("bidi_component"))
    names = [catalog.title(label) for label in report.variants["label"]]
    assert [next(name for name in names if line.startswith(name)) for line in rows[1:]] == names
    (folded,) = (box for box in page.expander if box.label == "Every pair")
    matrix = folded.dataframe[0].value.set_index("Times as long as")
    assert matrix.loc["NumPy reference", "TensorFlow graph"].startswith("2.")
    assert float(matrix.loc["Keras fit", "Keras lean"]) > 1 > float(matrix.loc["Keras lean", "Keras fit"])


def test_another_baseline_is_1_and_turns_the_ratios(service):
    asked = Request(tuple(TIMES), Settings.parse({"rounds": 3, "images_per_epoch": 32 * stored.BATCHES}))
    number = stored.add(service.store, asked, TIMES)
    page = open_page("pages/results.py", experiment=str(number), left="keras_fit", right="keras_lean")
    assert not page.exception and page.selectbox(key="baseline").value == "keras_fit"
    _, head = headers(page)
    assert head.startswith("Keras fit takes 1.2") and "as long as Keras lean" in head
    (rows,) = (golden.component(one) for one in page.get("bidi_component"))
    said = {name: next(line for line in rows if line.startswith(f"{name} ")) for name in ("Keras fit", "Keras lean")}
    assert "1.00 baseline" in said["Keras fit"] and "0.8" in said["Keras lean"] and "faster" in said["Keras lean"]
    page.selectbox(key="baseline").set_value("numpy_reference").run()
    assert page.query_params["left"] in ("numpy_reference", ["numpy_reference"]) and "right" not in page.query_params


def test_what_was_not_compared_is_still_said(service):
    report, page = shown(service, TIMES, wrong=("keras_fit",))
    assert len(report.pairs) == 6 and len(page.header) == 2
    (warning,) = (box.value for box in page.warning if "not equivalent" in box.value)
    assert warning.startswith("Keras fit is not equivalent to the reference")
