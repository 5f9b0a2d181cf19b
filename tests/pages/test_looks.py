"""Every page in a real browser, in both themes: text that reads, headings in order, few tab stops, a light load."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from audit.first_load import loaded
from lenet.analysis.issue7439.answer import TODAY
from tests.helpers import stored
from tests.pages import test_browser

pytestmark = test_browser.pytestmark
server = test_browser.server
browser = test_browser.browser
visit = test_browser.visit
CONTRAST = (Path(stored.__file__).parent / "contrast.js").read_text(encoding="utf-8")
LEAST = 4.5
"""Of text, by WCAG 2.2, level AA."""
PAGES = (
    "/",
    "/?experiment=5",
    "/results?experiment=5",
    "/results?experiment=10",
    "/why?experiment=6",
    "/why?experiment=7",
    "/why?experiment=8",
    "/why?experiment=9",
    "/answer",
    "/history",
    "/code",
    "/system",
)
"""Every page, with every kind of experiment of `store`."""
BUNDLE = 5_000_000
"""Bytes that a first look at a result may cost."""
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
HEADINGS = (
    "() => [...document.querySelectorAll('[data-testid=stMain] :is(h1, h2, h3, h4)')].map((one) => +one.tagName[1])"
)
STOPS = """() => [...document.querySelectorAll('[data-testid=stPlotlyChart], .live-chart')]
  .filter((chart) => chart.checkVisibility())
  .map((chart) => [...chart.querySelectorAll('a, button, [tabindex]')]
    .filter((one) => one.tabIndex >= 0 && one.checkVisibility()).length)
"""
BESIDE = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  return main.scrollWidth - main.clientWidth;
}"""
UNFOLD = "() => document.querySelectorAll('details').forEach((part) => { part.open = true; })"
ENDED = "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"
STILL = """() => {
  if (!window.changed) {
    const note = () => { window.changed = performance.now(); };
    new MutationObserver(note).observe(
      document.body, {subtree: true, childList: true, attributes: true, characterData: true});
    note();
  }
  const moves = document.getAnimations().some(
    (one) => one.playState === 'running' && one.effect.getComputedTiming().endTime < Infinity);
  return !moves && performance.now() - window.changed > 500;
}"""
"""Nothing has changed for half a second, and nothing moves."""
PALE_TICKS = """() => document.querySelectorAll('.xtick text')
  .forEach((one) => one.style.setProperty('fill', '#999', 'important'))"""


@pytest.fixture(scope="module")
def store(server: Any) -> Any:
    with closing(test_browser.open_store_of(server)) as store:
        stored.add_everything(store)
        stored.add_evidence(store, "profile", {"keras_fit": stored.PROFILED})
        stored.add_race(store, TODAY, 6.2, 4.0, status="failed")
        yield store


def drawn(page: Any) -> Any:
    """The page, once its script has ended and its charts stand."""
    page.locator(ENDED).wait_for()
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget], [data-testid=stSkeleton]')")
    page.wait_for_function(STILL)
    return page


def unfolded(page: Any) -> Any:
    """The page, with all that can be unfolded."""
    page.evaluate(UNFOLD)
    page.wait_for_function(STILL)
    return page


def pale(page: Any) -> list[Any]:
    return [one for one in page.evaluate(CONTRAST) if one["ratio"] < LEAST]


@pytest.mark.parametrize("path", PAGES)
def test_on_light_paper_text_reads_headings_are_in_order_and_a_chart_is_one_tab_stop(
    visit: Any, store: Any, path: str
) -> None:
    page = drawn(visit(path, "light", DESKTOP))
    page.mouse.move(0, 0)
    assert set(page.evaluate(STOPS)) <= {0, 1}  # a number line is a picture, and none
    levels = page.evaluate(HEADINGS)
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in zip(levels[:-1], levels[1:], strict=True)), levels
    assert pale(unfolded(page)) == []


@pytest.mark.parametrize("path", PAGES)
def test_on_a_dark_phone_text_reads_and_nothing_sticks_out_or_covers_a_title(visit: Any, store: Any, path: str) -> None:
    page = drawn(visit(path, "dark", PHONE))
    assert page.evaluate(BESIDE) == 0
    assert not any(page.evaluate(STOPS))
    assert pale(unfolded(page)) == []


def test_pale_text_is_found(visit: Any, store: Any) -> None:
    page = drawn(visit("/results?experiment=5"))
    assert len(page.evaluate(CONTRAST)) > 50 and pale(page) == []
    page.evaluate(PALE_TICKS)
    assert {one["where"].split()[0] for one in pale(page)} == {"stPlotlyChart"}
    page.add_style_tag(content="[data-testid=stCaptionContainer] {opacity: 0.5 !important}")
    assert {one["where"].split()[0] for one in pale(page)} == {"stPlotlyChart", "stCaptionContainer"}


def test_a_first_look_at_a_result_is_light(browser: Any, server: Any, store: Any) -> None:
    files = loaded(browser, f"{server[0]}/results?experiment=5")
    assert sum(files.values()) < BUNDLE
    assert len([name for name in files if "lotly" in name]) == 1


def test_the_tab_says_where_one_is(visit: Any, store: Any) -> None:
    drawn(page := visit("/results?experiment=5"))
    assert page.title().startswith("Keras fit 1.2") and page.title().endswith(" ×, Results 5")
    assert drawn(visit("/why?experiment=7")).title() == "Ladder, Why 7"
    assert drawn(visit("/history")).title() == "History · LeNet Bench"
