"""A real server, and clients that send what no page would: clicks of buttons that are not drawn,
messages for developers, foreign sockets, files that nobody asked for."""

from __future__ import annotations

import importlib.util
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from lenet.records import Request
from lenet.settings import Settings
from lenet.store import open_store
from tests.helpers import servers, tab
from tests.helpers.servers import Server

pytestmark = pytest.mark.slow
needs_authlib = pytest.mark.skipif(importlib.util.find_spec("authlib") is None, reason="pip install streamlit[auth]")
MIB = 1024**2
ADA, ADMIN, VIEWER = ("ada@example.org", "runners"), ("al@example.org", "admins"), ("vi@example.org",)
REQUEST = Request(("numpy_reference", "keras_fit"), Settings.parse({"rounds": 1}), submitter=ADA[0])


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A team's server, where who has not signed in may look."""
    with servers.hosted(tmp_path_factory.mktemp("team"), "optional") as server:
        yield server


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with servers.local(tmp_path_factory.mktemp("laptop")) as server:
        yield server


@pytest.fixture
def stored(team: Server) -> Iterator[Any]:
    """The database of the team's server."""
    with closing(open_store(team.home.database_url)) as store:
        yield store


def state(store: Any) -> Any:
    every = store.experiments()
    return every, store.annotations(one.id for one in every)


# Buttons


@needs_authlib
def test_a_click_of_a_button_that_is_not_drawn_changes_nothing(team: Server, stored: Any) -> None:
    waits, ended = (stored.add_experiment(REQUEST, "") for _ in range(2))
    stored.withdraw(ended, "cancelled", "")
    places = {  # who has the button -> where, and what is on it
        "Stop it": ("", f"experiment={waits}"),
        "Measure the noise floor": ("system", ""),
        "Delete for good": ("history", f"chosen={ended}"),
        "Run again": ("results", f"experiment={ended}"),
        "Save": ("results", f"experiment={ended}"),
    }
    with tab.tab(team, tab.cookies_of(team, *ADMIN)) as admin:
        buttons = {}
        for label, where in places.items():
            admin.open(*where)
            buttons[label] = admin.button(label)
    assert all(buttons.values()), buttons
    before = state(stored)
    for cookies in (
        tab.cookies_of(team),
        tab.cookies_of(team, *VIEWER),
        tab.cookies_of(team, *ADMIN, secret="guessed"),
    ):
        with tab.tab(team, cookies) as stranger:
            for label, where in places.items():
                stranger.open(*where)
                assert not stranger.button(label)
                stranger.click(buttons[label])
                assert not stranger.has("exception")
            stranger.open("system")
            assert re.search(r"only a runner may start; sign in as one", stranger.text)
            stranger.click(buttons["Measure the noise floor"])
            assert re.search(r"only a runner may start; sign in as one", stranger.text)
    assert state(stored) == before
    with tab.tab(team, tab.cookies_of(team, *ADA)) as runner:
        runner.open(*places["Delete for good"])
        runner.click(buttons["Delete for good"])
        assert state(stored) == before
        runner.open(*places["Stop it"])
        runner.click(runner.button("Stop it"))
    assert stored.experiment(waits).status == "cancelled"


@needs_authlib
def test_a_click_after_the_session_is_over_is_a_sentence(tmp_path: Path) -> None:
    hours = 1.0
    with servers.hosted(tmp_path, "required", LENET_SESSION_HOURS=str(hours)) as server:
        # A slow machine draws no page before a short session is over; a longer one then shows the same.
        assert any(_clicked_late(server, hours, left) for left in (10.0, 40.0, 160.0))
        with closing(open_store(server.home.database_url)) as store:
            assert store.experiments() == []
        with pytest.raises(InvalidStatus), tab.tab(server, tab.cookies_of(server, *ADA, age=hours * 3600 + 1)):
            pass


def _clicked_late(server: Server, hours: float, left: float) -> bool:
    """Click Start in a session that had `left` seconds, once they are over; whether the page was drawn before."""
    signed_in = time.monotonic()
    cookies = tab.cookies_of(server, *ADA, age=hours * 3600 - left)
    try:
        with tab.tab(server, cookies) as page:
            page.open()
            if not (start := page.button("Start")):
                return False
            time.sleep(max(0.0, signed_in + left + 1 - time.monotonic()))
            page.click(start)
            assert "Your session is over." in page.text and page.button("Sign in") and not page.button("Start")
            return True
    except InvalidStatus:
        return False


@needs_authlib
def test_who_has_not_signed_in_sees_no_paths_and_no_logs(team: Server, stored: Any) -> None:
    with tab.tab(team) as anybody, tab.tab(team, tab.cookies_of(team, *VIEWER)) as viewer:
        for one in (anybody, viewer):
            one.open("system")
        assert str(team.home.root) in viewer.tables and str(team.home.root) not in anybody.tables
        number = stored.add_experiment(REQUEST, "")
        stored.withdraw(number, "cancelled", "")
        for one in (anybody, viewer):
            one.open("history", f"chosen={number}")
        assert viewer.has("download_button") and not anybody.has("download_button")


@needs_authlib
@pytest.mark.parametrize("cookies", ["", "secret"])
def test_where_signing_in_is_required_no_socket_and_no_file_comes_in(tmp_path: Path, cookies: str) -> None:
    with servers.hosted(tmp_path, "required") as server:
        mine = tab.cookies_of(server, *ADMIN, secret="guessed") if cookies else tab.cookies_of(server)
        with pytest.raises(InvalidStatus), tab.tab(server, mine):
            pass
        assert put(server, "any", mine, b"x") == 401
        status, _, body = tab.ask(server, "GET", "/history", Accept="text/html", Cookie=mine)
        assert status == 401 and b"Sign in" in body and b"<script" not in body


# Messages


def test_a_race_can_be_stopped_whatever_others_send(laptop: Server) -> None:
    with tab.tab(laptop) as mine, tab.tab(laptop) as other:
        mine.open("system")
        mine.click(mine.button("Measure the noise floor"))
        with closing(open_store(laptop.home.database_url)) as store:
            (one,) = store.pending()
            for _ in range(25):
                other.send(clear_cache=True)
            other.send(load_git_info=True)
            other.send(set_run_on_save=True)
            other.open("system")
            assert "git_info_changed" not in other.kinds
            mine.open("", f"experiment={one.id}")
            mine.click(mine.button("Stop it"))
            until = time.monotonic() + 60
            while store.experiment(one.id).status in ("queued", "running"):
                assert time.monotonic() < until, "Stop did nothing"
                time.sleep(0.2)
            assert store.experiment(one.id).status == "cancelled"


# Foreign pages


def refused(server: Server, origin: str, host: str = "") -> bool:
    """Whether a socket that a page of `origin` opens is refused."""
    direct = socket.create_connection(tuple(server.host.split(":")))  # type: ignore[arg-type]
    try:
        with connect(f"ws://{host or server.host}/_stcore/stream", sock=direct, origin=origin, open_timeout=60):  # type: ignore[arg-type]
            return False
    except InvalidStatus:
        return True


def test_health_answers_while_foreign_pages_ask(laptop: Server) -> None:
    """Five such sockets took its server 9.9 s on a machine without internet: each had it look up its own address,
    which took about 2 s. All 20 together must take less than a single one did."""

    def slowest(number: int) -> float:
        took = []
        for _ in range(number):
            begun = time.monotonic()
            assert tab.ask(laptop, "GET", "/_stcore/health")[2] == b"ok"
            took.append(time.monotonic() - begun)
        return max(took)

    with ThreadPoolExecutor(20) as pool:
        foreign = [pool.submit(refused, laptop, f"http://evil-{number}.example") for number in range(20)]
        took = slowest(10)
        assert all(one.result() for one in foreign)
    assert took < 2.0
    log = (laptop.home.root.parent / "log").read_text()
    assert "Rejecting WebSocket" not in log, "Streamlit looked the origin up itself"


def test_a_name_that_points_here_is_no_name_of_this_server(laptop: Server) -> None:
    port = laptop.host.partition(":")[2]
    assert refused(laptop, f"http://rebind.example:{port}", f"rebind.example:{port}")
    assert not refused(laptop, f"http://localhost:{port}", f"localhost:{port}")
    status, _, body = tab.ask(laptop, "GET", "/", Host=f"rebind.example:{port}")
    assert status == 403 and b"does not answer to" in body


# Files


def put(server: Server, session: str, cookies: str, data: bytes, name: str = "f") -> int:
    """The status of the answer to an upload; 0 where the connection ended before there was one."""
    edge = "--edge"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="f"; filename="x.parquet"\r\n\r\n'
    body = head.encode() + data + f"\r\n--{edge}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={edge}", "Cookie": cookies, "Origin": server.origin,
        "X-Xsrftoken": cookies.partition(";")[0].partition("=")[2],
    }  # fmt: skip
    try:
        return tab.ask(server, "PUT", f"/_stcore/upload_file/{session}/{name}", body, **headers)[0]
    except OSError:
        return 0


def test_files_that_nobody_asked_for_do_not_fill_the_memory(laptop: Server) -> None:
    process, cookies = psutil.Process(laptop.process.pid), tab.cookies_of(laptop)
    with tab.tab(laptop, cookies) as page:
        page.open("history")
        data = bytes(5 * MIB - 1000)
        put(laptop, page.session, cookies, b"x")  # what the first upload imports
        before = process.memory_info().rss
        answers = [put(laptop, page.session, cookies, data, f"f{number}") for number in range(200)]
        grown = process.memory_info().rss - before
    assert 1 <= answers.count(204) <= 4 and set(answers) <= {204, 413, 0}
    assert grown < 50 * MIB, f"{grown / MIB:.0f} MiB"
    assert put(laptop, "00000000-0000-0000-0000-000000000000", cookies, b"x") == 413


@needs_authlib
def test_a_file_needs_somebody_who_may_import(team: Server) -> None:
    for user, may in ((VIEWER, False), (ADA, True)):
        cookies = tab.cookies_of(team, *user)
        with tab.tab(team, cookies) as page:
            page.open("history")
            assert (put(team, page.session, cookies, b"x") == 204) is may
