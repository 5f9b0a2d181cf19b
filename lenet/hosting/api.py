"""The HTTP API of a hosted dashboard, as Starlette routes.

Who asks says so by `Authorization: Bearer TOKEN`; cookies count for nothing here, so that no page
of another address asks in a reader's name. Reading the database and the arithmetic happen in a few
threads of their own, and never hold up the pages. Every error is `{"error": SENTENCE}`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import anyio
from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from lenet.bench.queue import Queue
from lenet.errors import BadInput, Forbidden, LeNetError, Missing, StoreError, Unavailable
from lenet.hosting import answers, embed, identity, keys, openapi
from lenet.hosting.answers import Answer, Call, Conflict
from lenet.hosting.config import Hosting
from lenet.hosting.desk import Desk
from lenet.hosting.endpoints import ENDPOINTS, MEBIBYTE, MOST_BYTES, Endpoint
from lenet.hosting.identity import Role, User
from lenet.hosting.metrics import Sessions

THREADS = 4
"""Answers that are worked out at once. More would take the pages' time and memory."""
NO_TOKEN = "Say who asks: Authorization: Bearer TOKEN; `python -m lenet token new NAME`, or System, makes a token."
BAD_TOKEN = "This token is unknown, over or revoked; make a new one."
FAULT = "A fault in LeNet Bench; the server's log says more."
T = TypeVar("T")
log = logging.getLogger(__name__)


class Unknown(LeNetError):
    """Nobody knows who asks."""


class TooLarge(LeNetError):
    """More was sent than is read."""


class Foreign(LeNetError):
    """What was sent is of another type."""


STATUSES: Mapping[type[LeNetError], int] = {
    Unknown: 401,
    Forbidden: 403,
    Missing: 404,
    Conflict: 409,
    TooLarge: 413,
    Foreign: 415,
    BadInput: 422,
    StoreError: 503,
    Unavailable: 503,
}
"""The status of each error: the first that fits, its own kind before what it is a kind of."""


def routes(get_queue: Callable[[], Queue], hosting: Hosting, sessions: Sessions | None = None) -> list[Route]:
    """Everything below /api/ and /embed/.

    get_queue: the queue of the process, which may raise LeNetError. sessions: tells how many
    browsers are connected.
    """
    api = _Api(get_queue, hosting, sessions)
    return [
        *(Route(one.path, api.endpoint(one), methods=[one.method]) for one in ENDPOINTS),
        Route(openapi.READY_PATH, api.ready, methods=["GET"]),
        Route(openapi.PATH, api.described, methods=["GET"]),
        Route("/embed/{id}.html", api.embedded, methods=["GET"]),
        Route("/embed/{rest:path}", api.embedded, methods=["GET"]),
        # Else Streamlit would answer with its page, and 200.
        Route("/api/{rest:path}", api.nothing, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]


class _Api:
    """What all endpoints share."""

    def __init__(self, get_queue: Callable[[], Queue], hosting: Hosting, sessions: Sessions | None) -> None:
        self._get_queue, self._hosting, self._sessions = get_queue, hosting, sessions
        self._limiter = anyio.CapacityLimiter(THREADS)

    def endpoint(self, endpoint: Endpoint) -> Callable[[Request], Any]:
        """The route's function."""

        async def answered(request: Request) -> Response:
            return await self._caught(lambda: self._answer(endpoint, request))

        return answered

    async def ready(self, _request: Request) -> Response:
        """Whether all is there; for a health check."""
        return _response(await self._aside(lambda: answers.readiness(self._get_queue)))

    async def described(self, _request: Request) -> Response:
        """The API's description."""
        return _response(answers.as_json(openapi.document(self._hosting)))

    async def nothing(self, request: Request) -> Response:
        """An address that is none of ours."""
        said = f"There is nothing to {request.method} here; {openapi.PATH} lists what there is."
        return _response(answers.refusal(Missing(said), 404))

    async def embedded(self, request: Request) -> Response:
        """A result to be put into another page, by a signed link."""
        number, query = request.path_params.get("id", ""), dict(request.query_params)
        return _response(await self._aside(lambda: embed.page(self._get_queue, self._hosting, number, query)))

    async def _answer(self, endpoint: Endpoint, request: Request) -> Answer:
        header, query = request.headers.get("authorization", ""), dict(request.query_params)
        desk = await self._aside(lambda: self._admitted(endpoint, header, query))
        if not endpoint.takes:
            call = Call(desk, request.path_params, query, sessions=self._sessions)
            return await self._aside(lambda: endpoint.answer(call))
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != endpoint.takes:
            raise Foreign(f"Send the file as it is, with Content-Type: {endpoint.takes}.")
        with desk.queue.home.scratch() as folder:
            file = folder / "experiment.parquet"
            await _keep(request, file)
            call = Call(desk, request.path_params, query, file)
            return await self._aside(lambda: endpoint.answer(call))

    def _admitted(self, endpoint: Endpoint, header: str, query: Mapping[str, str]) -> Desk:
        """The desk of who asks, if they may ask this at all."""
        queue = self._get_queue()
        desk = Desk(queue, self._hosting, self._who(queue, header), via="api")
        if not desk.may(endpoint.action):
            if desk.user.role <= Role.ANONYMOUS:
                raise Unknown(NO_TOKEN)
            desk.check(endpoint.action)
        for name in query:
            if name not in endpoint.query:
                known = ", ".join(endpoint.query) or "none"
                raise BadInput(f"There is no parameter {name[:40]!r} here; there are: {known}.")
        return desk

    def _who(self, queue: Queue, header: str) -> User:
        if not header:
            return identity.of_claims({}, self._hosting)
        scheme, _, key = header.partition(" ")
        user = keys.holder(queue.store, key.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise Unknown(BAD_TOKEN)
        return user

    async def _aside(self, work: Callable[[], T]) -> T:
        """What `work` returns, worked out in a thread."""
        return await to_thread.run_sync(work, limiter=self._limiter)

    async def _caught(self, work: Callable[[], Any]) -> Response:
        """The answer, or an error as JSON."""
        try:
            return _response(await work())
        except LeNetError as error:
            status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500)
            return _response(answers.refusal(error, status))
        except ClientDisconnect:
            return _response(answers.refusal(LeNetError("The sender went away."), 400))
        except Exception:
            log.exception("A request of the API")
            return _response(answers.refusal(LeNetError(FAULT), 500))


async def _keep(request: Request, file: Path) -> None:
    """Write what is sent into a file. Raises TooLarge as soon as it is more than is read."""
    error = TooLarge(
        f"A file of at most {MOST_BYTES // MEBIBYTE} MiB is imported; race fewer rounds, or import it there."
    )
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MOST_BYTES:
        raise error
    size = 0
    async with await anyio.open_file(file, "wb") as opened:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MOST_BYTES:
                raise error
            await opened.write(chunk)


def _response(answer: Answer) -> Response:
    headers = {"Cache-Control": "no-store", **answer.headers}
    if answer.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(answer.body, answer.status, headers, answer.kind)
