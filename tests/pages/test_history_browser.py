"""The History page in a real browser, with the keyboard alone."""

from __future__ import annotations

from contextlib import closing

import pytest

from lenet.analysis.across import figures
from lenet.records import Annotation
from tests.analysis.across.test_history import add, add_regression
from tests.pages import test_browser

pytestmark = test_browser.pytestmark
server = test_browser.server
browser = test_browser.browser
visit = test_browser.visit
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def store(server):
    with closing(test_browser.open_store_of(server)) as store:
        yield store


def tab_to(page, label, most=60):
    """Press Tab until the element with this accessible name has the focus."""
    wanted = page.get_by_label(label, exact=False).first
    wanted.wait_for()
    for _ in range(most):
        page.keyboard.press("Escape")  # out of a table, in which Tab goes from cell to cell
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement || element.contains(document.activeElement)"):
            return
    raise AssertionError(f"Tab does not lead to {label!r}")


def settle(page):
    """Wait until a script that runs has ended."""
    page.wait_for_timeout(500)
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget]')")


def test_an_experiment_is_chosen_named_and_deleted_by_keyboard(visit, store):
    keep, gone = add(store), add(store)
    figures.fill(store)
    page = visit("/history")
    page.get_by_text("2 experiments fit").wait_for()
    tab_to(page, "Chosen")
    page.keyboard.type(f"{gone} ·")
    page.get_by_role("option", name=f"{gone} ·").wait_for()
    page.keyboard.press("Enter")
    page.get_by_label("Title", exact=True).wait_for()
    assert f"chosen={gone}" in page.url
    settle(page)
    tab_to(page, "Title")
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")
    until(lambda: store.annotation(gone) == Annotation("By keyboard"), page)
    settle(page)
    opener = page.get_by_role("button", name="Delete experiment")
    opener.focus()
    page.keyboard.press("Enter")
    final = page.get_by_role("button", name="Delete for good")
    final.wait_for()
    for _ in range(10):
        if final.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    until(lambda: [one.id for one in store.experiments()] == [keep], page)


def until(done, page):
    for _ in range(100):
        if done():
            return
        page.wait_for_timeout(200)
    raise AssertionError("it did not happen")


@pytest.fixture(scope="module")
def regression(store):
    add_regression(store)
    figures.fill(store)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_trend_is_drawn_with_its_change_and_fits_a_phone(visit, regression, scheme):
    page = visit("/history?variant=keras_fit", scheme=scheme, viewport=PHONE)
    page.locator(".js-plotly-plot").first.wait_for()
    page.get_by_text("tensorflow: 2.20.0 before, 2.21.0 after.").first.wait_for()
    assert page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.shapes.length") >= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
