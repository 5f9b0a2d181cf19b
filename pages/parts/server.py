"""The server around the app: it compresses what a browser loads, and ends races when it ends."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEVEL = 6
"""Of gzip; 9 takes longer and saves 0.3 % more."""
BUNDLES = ("/static/js/", "/static/css/")
"""Where Streamlit's own programs and styles are; their names change with their content."""


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Write logs as asked; end what the app has started, once its server ends: a server that is
    killed politely does not return."""
    from lenet.hosting import logs

    logs.set_up()
    yield
    from pages.parts.service import close

    await asyncio.to_thread(close)


@dataclass(frozen=True)
class _Reply:
    """A whole answer of the app: how it starts, and its body."""

    start: Message
    body: bytes

    async def send(self, send: Send) -> None:
        await send(self.start)
        await send({"type": "http.response.body", "body": self.body})


class Compressed:
    """Serve Streamlit's bundle compressed, each file of it compressed once.

    Streamlit leaves that to a proxy, which few who run this have; its chart library alone has
    4.7 MB, of which 1.4 remain.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: dict[str, _Reply] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI asks."""
        if not _may_be_compressed(scope):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        reply = self._kept.get(path)
        if reply is None:
            reply = await _collected(self._app, scope, receive)
            if reply.start["status"] == 200 and reply.body:
                reply = self._kept[path] = await asyncio.to_thread(_compressed, reply)
        await reply.send(send)


def _may_be_compressed(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET" or not any(part in scope["path"] for part in BUNDLES):
        return False
    return "gzip" in Headers(scope=scope).get("accept-encoding", "")


async def _collected(app: ASGIApp, scope: Scope, receive: Receive) -> _Reply:
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    return _Reply(messages[0], b"".join(message.get("body", b"") for message in messages[1:]))


def _compressed(reply: _Reply) -> _Reply:
    body = gzip.compress(reply.body, LEVEL, mtime=0)
    start = {**reply.start, "headers": list(reply.start["headers"])}
    headers = MutableHeaders(scope=start)
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(body))
    headers.add_vary_header("Accept-Encoding")
    return _Reply(start, body)
