"""The server around the app: what is compressed, how often, and what is left as it is."""

from __future__ import annotations

import asyncio
import gzip
import importlib
from typing import Any

import pytest

from pages.parts import server

BODY = b"const a = 1;\n" * 1000


class Bundle:
    """An app that answers every request with BODY, and counts the requests."""

    def __init__(self, status: int = 200) -> None:
        self.status, self.asked = status, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        headers = [(b"content-type", b"text/javascript"), (b"content-length", str(len(BODY)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": BODY[:5], "more_body": True})
        await send({"type": "http.response.body", "body": BODY[5:]})


def ask(app: Any, path: str = "/static/js/index.js", method: str = "GET", accepts: bytes = b"br, gzip") -> Any:
    """Status, headers and body of the answer to a request."""
    scope = {"type": "http", "method": method, "path": path, "headers": [(b"accept-encoding", accepts)]}
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, None, send))
    start, *parts = sent
    headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return start["status"], headers, b"".join(part.get("body", b"") for part in parts)


@pytest.mark.parametrize("path", ["/static/js/index.js", "/base/static/css/index.css"])
def test_the_bundle_is_compressed_once_and_is_the_same_after_that(path: str) -> None:
    bundle = Bundle()
    app = server.Compressed(bundle)
    first, second = ask(app, path), ask(app, path)
    assert first == second and bundle.asked == 1
    status, headers, body = first
    assert status == 200 and len(body) < len(BODY) / 10 and gzip.decompress(body) == BODY
    assert headers["content-encoding"] == "gzip" and headers["vary"] == "Accept-Encoding"
    assert headers["content-length"] == str(len(body)) and headers["content-type"] == "text/javascript"


@pytest.mark.parametrize(
    "other", [{"path": "/_stcore/health"}, {"path": "/static/media/font.woff2"}, {"method": "HEAD"}, {"accepts": b"br"}]
)
def test_all_else_is_left_as_it_is(other: Any) -> None:
    bundle = Bundle()
    app = server.Compressed(bundle)
    assert ask(app, **other)[2] == BODY and "content-encoding" not in ask(app, **other)[1]
    assert bundle.asked == 2


def test_an_answer_that_is_no_file_is_not_kept() -> None:
    bundle = Bundle(404)
    app = server.Compressed(bundle)
    assert [ask(app)[0] for _ in range(2)] == [404, 404] and bundle.asked == 2
    assert ask(app)[2] == BODY


def test_what_was_opened_is_closed_when_the_server_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    # Tests of pages import the parts of pages anew.
    service = importlib.import_module("pages.parts.service")
    monkeypatch.setattr(service, "close", lambda: closed.append("service"))

    async def live() -> None:
        async with server.lifespan(None):
            assert not closed

    asyncio.run(live())
    assert closed == ["service"]
