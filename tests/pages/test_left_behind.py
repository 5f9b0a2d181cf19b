"""A page about an experiment of another process: Stop asks it, and force is offered where nobody can tell."""

import contextlib

import pytest

from lenet.bench.service import Service
from lenet.records import Request
from tests.helpers import stored
from tests.pages import test_pages
from tests.pages.test_pages import SETTINGS, VARIANTS, open_page

fresh_streamlit, a_server_that_has_run = test_pages.fresh_streamlit, test_pages.a_server_that_has_run
service = test_pages.service


def keys(page):
    return {button.key for button in page.button}


@pytest.fixture
def another(home):
    """A service of another process, as it were, which has something in its queue."""
    with contextlib.closing(Service(home)) as other:
        other._runner._hold.take()
        yield other


def test_what_another_process_races_is_asked_to_end(another, service):
    number = stored.begin(service.store, Request(VARIANTS, SETTINGS), another.owner)
    page = open_page()
    assert "force" not in keys(page)
    page.button(key="stop").click().run()
    assert not page.error and service.store.stop_asked(number) == "local"
    assert service.store.experiment(number).status == "running"


@pytest.mark.parametrize("path", ["pages/race.py", "pages/history.py"])
def test_what_a_dead_process_left_ends_as_soon_as_a_page_looks(another, service, path):
    number = stored.begin(service.store, Request(VARIANTS, SETTINGS), another.owner)
    another._runner._hold.let_go()
    page = open_page(path)
    assert not page.exception and service.store.experiment(number).status == "interrupted"


@pytest.mark.parametrize("owner", ["oldbox:17:1764200000.25", "oldbox:17:boot:0123456789abcdef", ""])
def test_where_nobody_can_tell_the_page_says_so_and_offers_force(service, owner):
    number = stored.begin(service.store, Request(VARIANTS, SETTINGS), owner)
    stored.silence(service.store, number)
    page = open_page()
    page.button(key="stop").click().run()
    assert "nothing here tells whether that still runs" in page.error[0].value
    page.button(key="force").click().run()
    assert not page.exception and service.store.experiment(number).status == "interrupted"
    assert "force" not in keys(page) and "stop" not in keys(page)
