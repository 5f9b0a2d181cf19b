"""The Answer page on an empty store, on one with a part of the answer, and on one with all of it."""

from __future__ import annotations

import pytest

from lenet.analysis.issue7439 import answer as answers
from lenet.analysis.issue7439 import original
from lenet.analysis.issue7439.answer import TODAY
from tests.document.test_document import HOSTILE, Page
from tests.helpers import stored
from tests.pages import test_pages
from tests.pages.test_pages import open_page, texts

PATH = "pages/answer.py"
SURROUNDINGS = "(a test's, 2 threads on cpu, batch size 32)"
HEADLINE = f"On today's versions Keras is slower than TensorFlow {SURROUNDINGS}."
a_server_that_has_run = test_pages.a_server_that_has_run
fresh_streamlit = test_pages.fresh_streamlit
service = test_pages.service


def links(page):
    return [link.proto.label for link in page.get("page_link")]


def test_an_empty_page_says_what_would_answer(service):
    page = open_page(PATH)
    assert not page.exception and not page.error
    assert page.header[0].value == "How much slower Keras is has not been measured here yet."
    assert original.URL in texts(page) and "160s" in texts(page)
    shown = [code.value for code in page.code]
    wanted = {f"python -m lenet {part.command}" for era in answers.ERAS for part in answers.wanted(era)}
    assert set(shown) == wanted and len(shown) == len(wanted)
    assert links(page).count("Measure it on the Why page") == 6
    assert links(page).count("Measure it on the Race page") == 2
    assert len(page.get("plotly_chart")) == 1


def test_a_part_is_shown_beside_what_is_missing(service):
    number = stored.add_race(service.store, TODAY, 6.2, 4.0)
    page = open_page(PATH)
    assert not page.exception and not page.error
    assert page.header[0].value == HEADLINE
    assert [metric.value[:3] for metric in page.metric] == ["2.2", "–", "1.5"]
    assert f"Experiment {number}" in links(page) and len(page.code) == 7
    assert f"Experiment {number}, " in texts(page)


@pytest.fixture
def full(service):
    stored.add_everything(service.store, machine={**stored.MACHINE, "host": HOSTILE})
    return service


def test_a_full_page_has_every_part_and_no_command(full):
    page = open_page(PATH)
    assert not page.exception and not page.error
    assert page.header[0].value.startswith(
        f"Keras is slower than TensorFlow, on the versions of 2017 and on today's {SURROUNDINGS}."
    )
    assert len(page.get("plotly_chart")) == 5 and len(page.dataframe) == 4 and not page.code
    assert "Not measured" not in texts(page)
    assert links(page) == [f"Experiment {number}" for number in (1, 5, 2, 6, 3, 7, 4, 4, 8, 8)]
    # What was stored means itself: no tag, no Markdown of a host's name.
    assert "\\<script>" in texts(page) and "</script><script>" not in texts(page)


def test_the_page_hands_out_the_same_as_one_file(full, monkeypatch):
    written = []
    monkeypatch.setattr("streamlit.download_button", lambda label, data, *rest, **given: written.append(data))
    assert not open_page(PATH).exception
    text = written[-1]()
    assert Page(text).wrong == [] and len(Page(text).charts) == 5


def test_the_page_is_drawn_anew_when_another_experiment_fits(service):
    page = open_page(PATH)
    stored.add_race(service.store, TODAY, 6.2, 4.0)
    page.run()
    assert page.header[0].value == HEADLINE
