"""A small web server of another program: it keeps what it is sent, and answers as a test wants."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer


@dataclass
class Receiver:
    """answers: (status, body, headers) of each request in turn, the last of them from then on."""

    answers: list[tuple[int, bytes, dict[str, str]]]
    got: list[tuple[str, Message, bytes]] = field(default_factory=list)
    """(path, headers, body) of each request."""
    arrived: threading.Condition = field(default_factory=threading.Condition)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait(self, count: int, seconds: float = 60) -> None:
        """Wait until so many requests have come."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.got) >= count, seconds), f"{len(self.got)} came"


@contextlib.contextmanager
def receiving(*answers: tuple[int, bytes, dict[str, str]]) -> Iterator[Receiver]:
    """A server on loopback, for the length of the body."""
    receiver = Receiver(list(answers) or [(200, b"", {})])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with receiver.arrived:
                place = min(len(receiver.got), len(receiver.answers) - 1)
                receiver.got.append((self.path, self.headers, body))
                receiver.arrived.notify_all()
            status, answer, headers = receiver.answers[place]
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST

        def log_message(self, *said: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
