"""The gate of a server: ASGI middleware that refuses, before anything behind it sees a request, what
no page of this server would send, and what the user may not ask for.

It stands in front of Streamlit, whose own checks come late (it looks a foreign origin up, and the
server stands still meanwhile) or not at all (it empties its caches for whoever asks). It does not
import it: what it has to know is in `Behind`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lenet.hosting import identity, policy, sign_in
from lenet.hosting.addresses import Addresses
from lenet.hosting.config import Hosting
from lenet.hosting.identity import Role, User
from lenet.hosting.policy import Action
from lenet.hosting.uploads import Uploads

CLOSED = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check")
"""What of Streamlit nobody is to reach; the program has metrics of its own, with a token."""
PROBES = ("/_stcore/health", "/api/v1/ready", "/api/v1/metrics")
"""What a monitor asks by whatever name it has for this machine."""
OPEN = ("/_stcore/health", "/auth/login", "/auth/logout", "/oauth2callback", "/sign-in", "/api/", "/embed/")
"""What needs no cookie where signing in is required: API and embedded results have keys of their
own."""
UPLOADS = "/_stcore/upload_file/"
SAFE = ("GET", "HEAD", "OPTIONS")
UNDERSTOOD = ("rerun_script", "stop_script", "file_urls_request", "app_heartbeat", "backend_operation_request")
"""The kinds of message that a page sends. Others empty the caches of all (`clear_cache`), watch
files (`set_run_on_save`) or read the repository (`load_git_info`)."""
NAMING = "whoever runs it gives it a name with LENET_PUBLIC_URL, or on a machine of one's own --browser.serverAddress"
PER_ADDRESS = 250
"""Sockets: pages that are open at once. A team behind one address has as many."""
PER_USER = 50
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
CONTENT = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; base-uri 'self'; "
    "frame-ancestors 'self'"
)
"""Nothing from elsewhere, and no page of elsewhere around it. Streamlit and Plotly need the rest."""


@dataclass(frozen=True)
class Behind:
    """What the guard has to ask the program behind it."""

    claims: Callable[[Mapping[str, str]], Mapping[str, Any]]
    """Cookies -> what the identity provider said of whoever has them, if their signature is right; else {}."""
    kind: Callable[[bytes], str | None]
    """A message of a socket -> its kind; None for what is no message."""
    held: Callable[[str], tuple[int, int] | None]
    """A session -> the number of its uploads, and the bytes of all sessions' uploads; None for a session that is
    not there."""
    provider: Callable[[], str]
    """Where the program sends a browser to sign in: an address on this server, good for a minute."""
    smaller: Callable[[Sequence[str]], Sequence[str]]
    """The cookies set for somebody who has signed in -> the same with no more in them than is used."""
    file_bytes: int
    """The most that one upload may have."""


class Guard:
    """See above. One for each process."""

    def __init__(self, app: ASGIApp, hosting: Hosting, addresses: Addresses, behind: Behind) -> None:
        self._app, self._hosting, self._addresses, self._behind = app, hosting, addresses, behind
        self._sockets: Counter[str] = Counter()
        self._uploads = Uploads(behind.held, behind.file_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request or a socket, as ASGI asks."""
        if scope["type"] == "http":
            await self._answer(scope, receive, self._marked(scope, send))
        elif scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    # Requests

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        own = self._own_answer(scope)
        if own is not None:
            await own(scope, receive, send)
        elif scope["method"] == "PUT" and UPLOADS in scope["path"]:
            await self._upload(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _own_answer(self, scope: Scope) -> Response | None:
        """The answer to what does not get past this gate; None for what does."""
        path = self._path(scope)
        if any(closed in scope["path"] for closed in CLOSED):
            return PlainTextResponse("Not found", 404)
        if sentence := self._foreign(scope, path):
            return PlainTextResponse(sentence, 403)
        if self._hosting.auth == "off":
            return None
        if path == "/sign-in":
            return RedirectResponse(self._behind.provider(), 302, {"Cache-Control": "no-store"})
        if self._hosting.auth == "optional" or path.startswith(OPEN) or self._user(scope).role > Role.NOBODY:
            return None
        return self._sign_in(scope)

    def _foreign(self, scope: Scope, path: str) -> str:
        """Why a request was not sent by a page of this server, in a sentence; '' if it may have
        been."""
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._addresses.knows(host) and path not in PROBES:
            return f"This server does not answer to {host[:80]!r}; {NAMING}."
        if origin is not None and not self._addresses.owns(origin, host):
            return "A page of another address may not ask this."
        if origin is None and scope["method"] not in SAFE and "authorization" not in headers:
            return "Only a page of this server, or a program with a token, may change anything."
        return ""

    def _sign_in(self, scope: Scope) -> Response:
        """The page to sign in, which remembers the page that was asked for."""
        if scope["method"] != "GET" or "text/html" not in Headers(scope=scope).get("accept", ""):
            return PlainTextResponse("Sign in first.", 401)
        page = Response(sign_in.page(self._base), 401, {"Cache-Control": "no-store"}, "text/html")
        if kept := sign_in.kept(scope["path"], scope["query_string"].decode("latin-1"), self._base):
            page.headers.append("set-cookie", kept)
        return page

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a file in that a session may hold, and not more at once than all may hold."""
        session = scope["path"].partition(UPLOADS)[2].partition("/")[0]
        length = Headers(scope=scope).get("content-length", "")
        if not policy.may(self._user(scope), Action.IMPORT):
            await PlainTextResponse("Only a runner may upload a file; sign in as one.", 403)(scope, receive, send)
        elif refusal := self._uploads.refusal(session, length):
            await PlainTextResponse(refusal, 413)(scope, receive, send)
        else:
            with self._uploads.arriving(session, int(length)):
                await self._app(scope, receive, send)

    # Sockets

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a page's socket in, and from then on only such messages as a page sends."""
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin", "")
        user = self._user(scope)
        foreign = not self._addresses.knows(host) or not self._addresses.owns(origin, host)
        names = self._places(scope, user)
        if foreign or user.role is Role.NOBODY or any(self._sockets[name] >= most for name, most in names.items()):
            await send({"type": "websocket.close", "code": 1008})
            return

        async def receive_understood() -> Message:
            while True:
                message = await receive()
                kept = message["type"] != "websocket.receive"
                if kept or self._behind.kind(message.get("bytes") or b"") in UNDERSTOOD:
                    return message

        with self._counted(names):
            await self._app(scope, receive_understood, send)

    def _places(self, scope: Scope, user: User) -> dict[str, int]:
        """What a socket counts for, and how many there may be of each."""
        client = scope.get("client")
        places = {f"address {client[0] if client else ''}": PER_ADDRESS}
        if user.role >= Role.VIEWER and user is not identity.LOCAL:
            places[f"user {user.name}"] = PER_USER
        return places

    @contextmanager
    def _counted(self, names: Mapping[str, int]) -> Iterator[None]:
        self._sockets.update(list(names))
        try:
            yield
        finally:
            self._sockets.subtract(list(names))
            self._sockets += Counter()  # forgets those at 0

    # Answers

    def _marked(self, scope: Scope, send: Send) -> Send:
        """`send`, with the headers that protect a page; and after the sign-in with the way back."""
        path = self._path(scope)

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if "content-security-policy" not in headers:
                    # A result to be embedded says itself who may have it in a frame.
                    headers["Content-Security-Policy"] = CONTENT
                    headers["X-Frame-Options"] = "SAMEORIGIN"
                if path == "/auth/login":
                    self._remember(scope, headers)
                if path == "/oauth2callback":
                    self._return(scope, headers)
                if self._hosting.origin.startswith("https:"):
                    _secure(headers)
            await send(message)

        return marked

    def _remember(self, scope: Scope, headers: MutableHeaders) -> None:
        """Remember the page from which somebody goes to sign in."""
        referer = Headers(scope=scope).get("referer", "")
        if kept := sign_in.kept_from(referer, self._hosting.origin, self._base):
            headers.append("set-cookie", kept)

    def _return(self, scope: Scope, headers: MutableHeaders) -> None:
        """Send somebody who has just signed in to where they were going, with small cookies."""
        cookies = headers.getlist("set-cookie")
        if not any(one.startswith(sign_in.SIGNED) and "Max-Age=0" not in one for one in cookies):
            return
        del headers["set-cookie"]
        for cookie in (*self._behind.smaller(cookies), sign_in.forgotten(self._base)):
            headers.append("set-cookie", cookie)
        if back := sign_in.back(HTTPConnection(scope).cookies, self._hosting.origin, self._base):
            headers["location"] = back

    # Who and where

    def _user(self, scope: Scope) -> User:
        if self._hosting.auth == "off":
            return identity.LOCAL
        claims = self._behind.claims(HTTPConnection(scope).cookies)
        return identity.of_session(claims, self._hosting, time.time())

    @property
    def _base(self) -> str:
        return self._hosting.base

    def _path(self, scope: Scope) -> str:
        """The path below the server's own."""
        path: str = scope["path"]
        return path.removeprefix(self._base) if path.startswith(f"{self._base}/") else path


def _secure(headers: MutableHeaders) -> None:
    """Have browsers send every cookie over HTTPS only; Streamlit sets none so."""
    cookies = headers.getlist("set-cookie")
    if cookies:
        del headers["set-cookie"]
    for cookie in cookies:
        headers.append("set-cookie", cookie if "; secure" in cookie.lower() else f"{cookie}; Secure")
