"""The app below a path of its own, as behind a proxy: every page by its own address, with whatever stands behind it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages import test_browser
from tests.pages.test_browser import ROOT, browser

__all__ = ["browser"]

pytestmark = test_browser.pytestmark
PAGES = ("", "results", "why", "answer", "history", "code", "system")
QUERIES = ("", "?experiment=7", "?experiment=garbage", "?since=garbage&left=%00", "?experiment=" + "9" * 400)


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server, with its base path."""
    root = tmp_path_factory.mktemp("below")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    command += ["--server.address=127.0.0.1", "--server.baseUrlPath=/team/bench"]
    environment = {**os.environ, "LENET_HOME": str(root / "home"), "LENET_LOCK": str(root / "lock")}
    environment.pop("LENET_DATABASE_URL", None)
    log = root / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=file)
    address = f"http://127.0.0.1:{port}/team/bench"
    try:
        test_browser._wait_until_up(f"{address}/_stcore/health", process)
        yield address
    finally:
        process.terminate()
        process.wait(60)
    assert "Traceback" not in log.read_text(errors="replace")


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:20])
@pytest.mark.parametrize("page", PAGES)
def test_a_deep_link_is_answered(below: str, page: str, query: str) -> None:
    with urllib.request.urlopen(f"{below}/{page}{query}", timeout=60) as answer:
        assert answer.status == 200 and b"<title>" in answer.read()


@pytest.mark.parametrize("page", PAGES)
def test_a_deep_link_shows_its_page(below: str, browser, page: str) -> None:  # type: ignore[no-untyped-def]
    context = browser.new_context()
    shown = context.new_page()
    shown.set_default_timeout(test_browser.PATIENCE)
    errors: list[str] = []
    shown.on("pageerror", lambda error: errors.append(str(error)))
    shown.goto(f"{below}/{page}?experiment=7")
    shown.get_by_role("heading", level=1).wait_for()
    assert Path(shown.url.split("?")[0]).name in (page, "bench")
    assert shown.get_by_test_id("stException").count() == 0
    context.close()
    assert errors == []
