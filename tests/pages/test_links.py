"""Text of others in a real browser: none of it is a link or a picture there, whatever it looks like."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lenet import catalog
from lenet.records import Annotation, Request
from lenet.settings import Settings
from lenet.store import open_store
from tests.helpers import servers, stored
from tests.pages import test_browser
from tests.pages.test_browser import PATIENCE, browser
from tests.pages.test_imported import brought_into

__all__ = ["browser"]

pytestmark = test_browser.pytestmark
PLACES = (
    "results?experiment={race}",
    "?experiment={race}",
    "history?chosen={race},{ladder}",
    "why?experiment={ladder}",
)


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server with a race and a ladder from elsewhere; its address, and their numbers."""
    root: Path = tmp_path_factory.mktemp("links")
    with servers.local(root) as server:
        with closing(open_store(server.home.database_url)) as here, closing(open_store(root / "elsewhere.db")) as away:
            request = Request(("keras_fit", "numpy_reference"), Settings.parse({"rounds": 2}))
            race = stored.add(away, request, lambda entry: 2.0, failed=("numpy_reference",))
            ladder = stored.add_ladder(away, catalog.ladder("today"))
            numbers = {"race": brought_into(here, away, race), "ladder": brought_into(here, away, ladder)}
            ended = stored.add(here, request, lambda entry: 2.0)
            here.annotate(
                ended, Annotation("https://example.invalid/title", "www.example.invalid", ("a@example.invalid",))
            )
        yield server.address, numbers


@pytest.mark.parametrize("place", PLACES)
def test_what_others_wrote_is_no_link(laptop: Any, browser: Any, place: str) -> None:
    address, numbers = laptop
    page = browser.new_context().new_page()
    page.set_default_timeout(PATIENCE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/{place.format(**numbers)}")
    page.locator("text=example.invalid >> visible=true").first.wait_for()
    page.wait_for_timeout(2000)
    assert page.locator("a[href*='example.invalid'], a[href^='mailto:'], img[src*='example.invalid']").count() == 0
    assert not [url for url in asked if "example.invalid" in url]
    page.context.close()
