"""Signing in and out in a real browser, with an identity provider of its own."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lenet.records import Request
from lenet.settings import Settings
from lenet.store import open_store
from tests.helpers import servers
from tests.helpers.places import ROOT
from tests.helpers.servers import Server
from tests.pages import test_browser
from tests.pages.test_browser import DESKTOP, PATIENCE, PHONE, assert_nothing_sticks_out, browser, shoot

__all__ = ["browser"]

pytest.importorskip("authlib", reason="pip install streamlit[auth]")
pytestmark = test_browser.pytestmark
REQUEST = Request(("numpy_reference", "keras_fit"), Settings.parse({"rounds": 1}))
BASE = "/team/bench"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an identity provider."""
    port = servers.free_port()
    command = [sys.executable, "-m", "tests.helpers.identity_provider", str(port)]
    process = subprocess.Popen(command, cwd=ROOT)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            assert process.poll() is None
            try:
                urllib.request.urlopen(f"{address}/keys", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Iterator[Server]:
    """A team's server below a path, where everybody has to sign in."""
    with servers.hosted(tmp_path_factory.mktemp("closed"), "required", provider, BASE) as server:
        with closing(open_store(server.home.database_url)) as store:
            number = store.add_experiment(REQUEST, "")
            store.withdraw(number, "cancelled", "")
        yield server


@pytest.fixture(scope="module")
def open_to_look(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Iterator[Server]:
    with servers.hosted(tmp_path_factory.mktemp("open"), "optional", provider) as server:
        with closing(open_store(server.home.database_url)) as store:
            number = store.add_experiment(REQUEST, "")
            store.withdraw(number, "cancelled", "")
        yield server


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens an address in a browser profile of its own."""
    contexts = []

    def visit(address: str, scheme: str = "light", viewport: Any = DESKTOP) -> Any:
        context = browser.new_context(color_scheme=scheme, viewport=viewport)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()


def enter(page: Any, email: str, groups: str = "", age: int = 0) -> None:
    """Say at the provider who one is."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Groups").fill(groups)
    page.get_by_label("Age").fill(str(age))
    page.get_by_role("button", name="Enter").click()


def said(page: Any, who: str) -> None:
    """Wait until the frame says who is signed in."""
    page.locator(".st-key-head").get_by_text(who).wait_for()


def test_in_to_the_page_that_was_asked_for_and_out_again(closed: Server, visit: Any) -> None:
    page = visit(f"{closed.address}/results?experiment=1&left=numpy_reference")
    assert page.get_by_role("heading").inner_text() == "LeNet Bench"
    assert page.locator("script").count() == 0
    shoot_plain(page, "sign-in-light")
    page.get_by_role("link", name="Sign in").click()
    enter(page, "ada@example.org", "runners")
    said(page, "ada@\u200bexample.org, runner")
    assert page.url == f"{closed.address}/results?experiment=1&left=numpy_reference"
    assert page.get_by_role("heading", level=1).inner_text() == "LeNet Bench · Results"
    cookies = {one["name"]: one for one in page.context.cookies()}
    assert "lenet_return" not in cookies and cookies["_streamlit_user"]["path"] == BASE
    shoot(page, "signed-in-light")

    page.goto(f"{closed.address}/")
    page.get_by_role("button", name="Start").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in").wait_for()
    assert "_streamlit_user" not in {one["name"] for one in page.context.cookies()}
    page.goto(f"{closed.address}/history")
    page.get_by_role("link", name="Sign in").wait_for()


def shoot_plain(page: Any, name: str) -> None:
    test_browser.SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=str(test_browser.SHOTS / f"{name}.png"))


@pytest.mark.parametrize(("groups", "role"), [("runners,300", "runner"), ("300", "viewer"), ("300,admins", "admin")])
def test_hundreds_of_groups_are_no_blank_page(closed: Server, visit: Any, groups: str, role: str) -> None:
    page = visit(f"{closed.address}/system")
    page.get_by_role("link", name="Sign in").click()
    enter(page, "gro@example.org", groups)
    said(page, f"gro@\u200bexample.org, {role}")
    page.get_by_text("Data folder").wait_for()
    assert sum(len(one["name"]) + len(one["value"]) for one in page.context.cookies()) < 4096
    page.reload()
    said(page, f"gro@\u200bexample.org, {role}")


def test_a_session_that_is_too_old_has_to_sign_in_again(closed: Server, visit: Any) -> None:
    # A slow machine draws no page before a short session is over; a longer one then shows the same.
    page = next(page for left in (10, 60) if (page := _grown_old(closed, visit, left)))
    assert page.get_by_role("button", name="Import").count() == 0
    page.get_by_role("button", name="Sign in").click()
    enter(page, "old@example.org", "runners")
    said(page, "old@\u200bexample.org, runner")
    assert page.url == f"{closed.address}/history"


def _grown_old(closed: Server, visit: Any, left: int) -> Any:
    """A page that stayed open until its session was over, which had `left` seconds when its user entered; None if
    it was over before the page was drawn."""
    page = visit(f"{closed.address}/history")
    page.get_by_role("link", name="Sign in").click()
    enter(page, "old@example.org", "runners", 12 * 3600 - left)
    frame = page.locator(".st-key-head").get_by_text("old@\u200bexample.org, runner")
    over, outside = page.get_by_text("Your session is over."), page.get_by_role("link", name="Sign in")
    frame.or_(over).or_(outside).first.wait_for()
    if not frame.count():
        return None
    over.wait_for()
    return page


def test_where_all_may_look_a_button_leads_in_and_back(open_to_look: Server, visit: Any) -> None:
    page = visit(f"{open_to_look.address}/results?experiment=1")
    page.get_by_role("heading", name="NumPy reference").first.wait_for()
    assert page.get_by_role("button", name="Run again").count() == 0
    shoot(page, "anonymous-light")
    page.get_by_role("button", name="Sign in").click()
    enter(page, "ada@example.org", "runners")
    said(page, "ada@\u200bexample.org, runner")
    assert page.url == f"{open_to_look.address}/results?experiment=1"
    page.get_by_role("button", name="Run again").wait_for()
    for name, look in (("phone", {"viewport": PHONE}), ("dark", {"scheme": "dark"})):
        other = visit(f"{open_to_look.address}/system", **look)
        other.get_by_role("button", name="Sign in").wait_for()
        assert other.get_by_text("Data folder").count() == 0
        assert_nothing_sticks_out(other)
        shoot(other, f"anonymous-{name}")


def test_a_sign_in_that_is_refused_leaves_one_outside(closed: Server, visit: Any) -> None:
    page = visit(f"{closed.address}/oauth2callback?error=access_denied&state=x")
    page.get_by_role("link", name="Sign in").wait_for()
    page.goto(f"{closed.address}/oauth2callback?code=guessed&state=guessed")
    page.get_by_role("link", name="Sign in").wait_for()


def test_no_page_of_elsewhere_may_show_it_in_a_frame(closed: Server, browser: Any, tmp_path: Path) -> None:
    (tmp_path / "evil.html").write_text(f'<iframe src="{closed.address}/"></iframe>')
    page = browser.new_context().new_page()
    page.goto(f"file://{tmp_path / 'evil.html'}")
    page.wait_for_timeout(1000)
    assert page.frames[1].url.startswith("chrome-error:")
    page.context.close()
