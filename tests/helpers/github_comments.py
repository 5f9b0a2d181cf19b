"""GitHub's comments on pull requests, as its API on loopback has them."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "/repos/someone/their-model/issues"


@dataclass
class Comments:
    """comments: of pull request 12. read_only: whether the token may only read, as that of a fork."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    read_only: bool = False
    tokens: set[str] = field(default_factory=set)
    url: str = ""

    def answer(self, method: str, path: str, values: dict[str, Any]) -> tuple[int, Any]:
        """The status and the answer of a request."""
        parts = urlsplit(path)
        if method == "GET" and parts.path == f"{REPOSITORY}/12/comments":
            query = {name: int(value[0]) for name, value in parse_qs(parts.query).items()}
            first = (query.get("page", 1) - 1) * query.get("per_page", 30)
            return 200, self.comments[first : first + query.get("per_page", 30)]
        if self.read_only:
            return 403, {"message": "Resource not accessible by integration"}
        if method == "POST" and parts.path == f"{REPOSITORY}/12/comments":
            self.comments.append({"id": 1000 + len(self.comments), "body": values["body"]})
            return 201, self.comments[-1]
        if method == "PATCH" and (match := re.fullmatch(rf"{REPOSITORY}/comments/(\d+)", parts.path)):
            known = next(one for one in self.comments if one["id"] == int(match[1]))
            known["body"] = values["body"]
            return 200, known
        return 404, {"message": "Not Found"}


@contextlib.contextmanager
def github(**values: Any) -> Iterator[Comments]:
    """The server, for the length of the body."""
    there = Comments(**values)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.tokens.add(self.headers["Authorization"])
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, found = there.answer(self.command, self.path, json.loads(content or b"{}"))
            text = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_PATCH = do_GET

        def log_message(self, *said: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        there.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield there
        finally:
            server.shutdown()
            thread.join()
