"""A field that the address fills takes no choice away that a user makes while the page is drawn."""

import pytest

from lenet.records import Annotation
from tests.helpers import stored
from tests.pages import test_pages, test_why
from tests.pages.test_pages import add_finished, open_page

a_server_that_has_run = test_pages.a_server_that_has_run
fresh_streamlit = test_pages.fresh_streamlit
service = test_pages.service

FIELDS = ("selectbox", "multiselect", "text_input", "number_input", "date_input", "button_group", "checkbox", "toggle")


def sent(page):
    """The labels of the fields whose value the page sends to the browser: there it replaces what was chosen."""
    assert not page.exception and not page.error
    fields = [field for kind in FIELDS for field in page.get(kind) if not field.proto.disabled]
    assert fields
    return [field.proto.label for field in fields if field.proto.set_value]


@pytest.mark.parametrize("path", ["race", "results", "why", "history", "code"])
def test_a_page_that_is_drawn_again_sends_no_value_again(service, monkeypatch, path):
    monkeypatch.setitem(test_why.catalog.LADDERS, "three", test_why.LADDER)
    stored.add_ladder(service.store, test_why.LADDER, test_why.TIMES)
    number = add_finished(service)
    page = open_page(f"pages/{path}.py", **({"experiment": str(number)} if path == "results" else {}))
    page.run()
    assert sent(page) == []


def test_an_address_that_changes_is_sent(service):
    page = open_page("pages/code.py", left="keras_fit", right="numpy_reference")
    page.query_params["right"] = "keras_lean"
    page.run()
    assert sent(page) == ["Right"] and page.selectbox(key="code_right").value == "keras_lean"


def test_a_value_whose_text_changes_is_sent_again(service):
    """The browser holds the text: it would send back one that nobody knows any more."""
    number = add_finished(service)
    page = open_page("pages/history.py", chosen=str(number))
    page.run()
    assert sent(page) == []
    service.store.annotate(number, Annotation("Another title"))
    page.run()
    assert sent(page) == ["Chosen"]
