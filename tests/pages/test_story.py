"""The way through the pages in a browser: race, verdict, why, bar, code, back, again. Nothing is typed twice."""

from __future__ import annotations

from contextlib import closing

import pytest

from lenet import catalog, requests
from lenet.records import Request
from lenet.settings import Settings
from tests.helpers import stored
from tests.pages import test_browser

pytestmark = test_browser.pytestmark
server = test_browser.server
browser = test_browser.browser
visit = test_browser.visit
PAIR = ("tensorflow_function", "keras_fit")
MS = {"tensorflow_function": 4.0, "keras_fit": 5.0, "tensorflow_graph": 4.3}


@pytest.fixture
def store(server):
    with closing(test_browser.open_store_of(server)) as store:
        yield store


def add_race(store, names=PAIR, rounds=3):
    asked = Request(tuple(names), Settings.parse({"rounds": rounds, "threads": 2, "images_per_epoch": 3200}))
    return stored.add(store, asked, MS)


def ladder(store):
    found = catalog.ladder("today")
    return stored.add_ladder(store, found, stored.falling(found, 4.2, 1.6))


def test_a_race_ends_with_a_verdict_and_can_be_raced_again_changed(visit):
    page = visit()
    for name in ("keras_fit", "numpy_reference"):
        page.locator(f".st-key-variant_{name} label").first.click()
    page.get_by_text("2 variants").wait_for()
    test_browser.fill(page, Images_per_epoch=1280, Rounds=2, Threads=1)
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/?experiment=*")
    number = page.url.split("=")[1]
    page.get_by_role("link", name="See the results").click(timeout=5 * test_browser.PATIENCE)  # a busy machine
    page.wait_for_url(f"**/results?experiment={number}")
    assert "NumPy reference" in page.locator(".st-key-verdict").get_by_role("heading").first.inner_text()
    page.get_by_role("button", name="Race again, changed").click()
    page.wait_for_url(f"**/?again={number}")
    page.get_by_text(f"Filled in as experiment {number} was raced").wait_for()
    page.get_by_text("More settings").click()
    assert page.get_by_role("textbox", name="Images per epoch").input_value() == "1280"
    assert page.locator(".st-key-variant_numpy_reference").get_by_role("checkbox").is_checked()
    assert not page.locator(".st-key-variant_keras_fit").get_by_role("checkbox").is_checked()
    page.get_by_role("button", name="Start").wait_for()


def test_the_pair_is_kept_from_page_to_page_and_back_goes_back(visit, store):
    climbed, number = ladder(store), add_race(store)
    page = visit(f"/results?experiment={number}")
    page.locator(".st-key-verdict").get_by_text("Keras fit takes 1.2").wait_for()
    page.get_by_role("link", name="Open the ladder").click()
    page.wait_for_url(f"**/why?experiment={climbed}&left=tensorflow_function&right=keras_fit")
    rung = page.locator(".st-key-rung")
    rung.wait_for()
    test_browser.click(page, page.locator(test_browser.BARS).nth(3))
    page.wait_for_url("**bar=1**")
    rung.get_by_role("heading", name=catalog.ladder("today").changes[1].title).wait_for()
    assert beside(page), "the detail stands beside the chart"
    rung.get_by_role("link", name="Compare the code before and after").click()
    page.wait_for_url("**/code?left=keras_fit_silent&right=keras_fit_in_order")
    page.locator(".code-pair tr.differs").first.wait_for()
    page.go_back()
    page.wait_for_url(f"**/why?experiment={climbed}**bar=1**")
    rung.get_by_role("heading", name=catalog.ladder("today").changes[1].title).wait_for()
    page.go_back()
    page.go_back()
    page.wait_for_url(f"**/results?experiment={number}**")
    page.locator(".st-key-verdict").get_by_text("Keras fit takes 1.2").wait_for()
    assert not page.get_by_text("This experiment is no race").count()
    page.get_by_role("button", name="Race again, changed").click()
    page.wait_for_url(f"**/?again={number}")
    page.get_by_role("button", name="Start").wait_for()


def beside(page):
    chart = page.locator(test_browser.FINISHED_CHARTS).first.bounding_box()
    rung = page.locator(".st-key-rung").bounding_box()
    return rung["x"] >= chart["x"] + chart["width"] - 1 and abs(rung["y"] - chart["y"]) < 200


def test_back_from_a_page_that_chose_an_experiment_itself(visit, store):
    ladder(store)
    number = add_race(store)
    for _ in range(3):
        page = visit(f"/results?experiment={number}")
        page.locator(".st-key-verdict").wait_for()
        page.get_by_role("link", name="Why", exact=True).click()
        page.locator(".st-key-rung").wait_for()
        page.go_back()
        page.locator(".st-key-verdict").get_by_text("Keras fit takes 1.2").wait_for()
        assert f"/results?experiment={number}" in page.url


def test_a_pair_without_a_ladder_finds_the_forms_filled_in(visit, store):
    number = add_race(store, ("tensorflow_graph", "keras_fit"))
    page = visit(f"/results?experiment={number}")
    page.get_by_role("link", name="Overhead or compute?").click()
    page.wait_for_url("**/why?section=law&left=tensorflow_graph&right=keras_fit")
    page.get_by_text("It is filled in below").wait_for()
    form = page.locator("[data-testid=stMultiSelect]")
    for name in ("TensorFlow graph", "Keras fit"):
        form.get_by_text(name, exact=True).first.wait_for()
    page.get_by_text("Ladder", exact=True).click()
    page.get_by_text("No ladder leads from Keras fit to TensorFlow graph").wait_for()


def test_a_click_on_a_row_makes_it_the_baseline_and_its_links_keep_the_pair(visit, store):
    number = add_race(store, MS)
    page = visit(f"/results?experiment={number}")
    row = page.locator(".ranking .row[data-label=keras_fit]")
    assert "slower" in row.inner_text()
    row.locator(".name").click()
    page.wait_for_url("**left=keras_fit**")
    page.locator(".ranking .row[data-label=keras_fit]").get_by_text("baseline").wait_for()
    assert "1.00" in row.inner_text()
    page.locator(".ranking .row[data-label=tensorflow_graph]").get_by_role("button", name="Code").click()
    page.wait_for_url("**/code?left=keras_fit&right=tensorflow_graph")
    page.get_by_role("link", name="Their race").click()
    page.wait_for_url(f"**/results?experiment={number}&left=keras_fit&right=tensorflow_graph")


@pytest.mark.parametrize("path", ["/results", "/why", "/history"])
def test_what_is_not_there_is_one_sentence_and_then_the_page(visit, store, path):
    add_race(store)
    ladder(store)
    page = visit(f"{path}?experiment=99999&since=garbage&chosen=99999")
    page.locator("[data-testid=stAlert]").first.wait_for()
    assert page.locator("[data-testid=stAlert]").count() in (1, 2)
    page.locator("[data-testid=stSelectbox]").first.wait_for()


def test_a_stopped_ladder_says_so_once_and_offers_to_run_again(visit, store):
    number = stored.begin(store, requests.ladder_request(catalog.ladder("today"), {}))
    store.end_experiment(number, "cancelled", "It was stopped.")
    page = visit(f"/why?experiment={number}")
    page.get_by_role("button", name="Run again").wait_for()
    page.get_by_text("Cancelled: It was stopped.").wait_for()
