"""A browser's tab without a browser: it speaks Streamlit's protocol, and sends what it is told to,
also what no page would."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from websockets.sync.client import ClientConnection, connect

from tests.helpers.servers import COOKIE_SECRET, Server

PATIENCE = 60.0
SAID = ("markdown", "heading", "alert", "text", "code")


def cookies_of(server: Server, email: str = "", *groups: str, age: float = 0.0, secret: str = COOKIE_SECRET) -> str:
    """The cookies of somebody who signed in `age` seconds ago; without an address, of nobody."""
    token = _answer(server, "GET", "/_stcore/health")[1]["set-cookie"].partition(";")[0]
    if not email:
        return token
    claims = {
        "is_logged_in": True, "origin": server.origin, "provider": "default", "iat": time.time() - age,
        "sub": email, "email": email, "groups": list(groups),
    }  # fmt: skip
    user = create_signed_value(secret, "_streamlit_user", json.dumps(claims)).decode()
    return f"{token}; _streamlit_user={user}"


def ask(
    server: Server, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and body of the answer to a request."""
    return _answer(server, method, path, body, headers)


def _answer(
    server: Server, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = {}
) -> tuple[int, Mapping[str, str], bytes]:
    asked = http.client.HTTPConnection(server.host, timeout=PATIENCE)
    try:
        asked.request(method, f"{server.base}{path}", body or None, dict(headers))
        answer = asked.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        asked.close()


class Tab:
    """One open page: its elements as the server last sent them."""

    def __init__(self, socket: ClientConnection, address: str) -> None:
        self._socket, self._address = socket, address
        self._elements: dict[tuple[int, ...], Any] = {}
        self._page = ""
        self.query = ""
        self.session = ""
        self.kinds: set[str] = set()

    def open(self, page: str = "", query: str = "") -> None:
        """Go to a page of the app."""
        self.query = query
        self._elements = {}
        self._rerun({}, page_name=page, page_script_hash="")

    def click(self, identity: str) -> None:
        """Click the button with this id, whether it is drawn or not."""
        self._rerun({identity: True}, page_script_hash=self._page)

    def send(self, **field: Any) -> None:
        """Send a message of any kind, as `clear_cache=True`."""
        self._socket.send(BackMsg(**field).SerializeToString())

    def button(self, label: str) -> str:
        """The id of a button that is drawn; '' for none."""
        return next((one.id for one in self._all("button") if one.label == label), "")

    def has(self, kind: str) -> bool:
        """Whether an element of this kind is drawn."""
        return bool(self._all(kind))

    @property
    def text(self) -> str:
        """What a reader reads."""
        return "\n".join(str(getattr(one, "body", "") or getattr(one, "code_text", "")) for one in self._all(*SAID))

    @property
    def tables(self) -> str:
        """What stands in tables, as the bytes that hold it."""
        return "\n".join(str(one) for one in self._all("arrow_table", "table", "arrow_data_frame"))

    def _all(self, *kinds: str) -> list[Any]:
        every = [element for _, element in sorted(self._elements.items())]
        return [getattr(one, one.WhichOneof("type")) for one in every if one.WhichOneof("type") in kinds]

    def _rerun(self, clicked: Mapping[str, bool], **fields: Any) -> None:
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.context_info.url = self.query, self._address
        for name, value in fields.items():
            setattr(asked, name, value)
        for name, value in clicked.items():
            asked.widget_states.widgets.add(id=name, trigger_value=value)
        self._socket.send(message.SerializeToString())
        self._read()

    def _read(self) -> None:
        """Read until the script has run; one that asks for another run of itself goes on."""
        until = time.monotonic() + PATIENCE
        while (left := until - time.monotonic()) > 0:
            message = ForwardMsg.FromString(bytes(self._socket.recv(timeout=left)))  # type: ignore[arg-type]
            kind = message.WhichOneof("type")
            self.kinds.add(str(kind))
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id or self.session
                self._page = message.new_session.page_script_hash
                if not message.metadata.run.fragment_ids:
                    self._elements = {}
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._elements[tuple(message.metadata.delta_path)] = message.delta.new_element
            elif kind == "navigation":
                self._page = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "script_finished" and message.script_finished in (
                ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
            ):  # fmt: skip
                return
        raise AssertionError("the page was not drawn")


@contextmanager
def tab(server: Server, cookies: str = "", **headers: str) -> Iterator[Tab]:
    """A tab that is open; raises `websockets.exceptions.InvalidStatus` where it may not be."""
    cookies = cookies or cookies_of(server)
    token = cookies.partition(";")[0].partition("=")[2]
    sent = {"Cookie": cookies, "Origin": server.origin, **headers}
    address = f"ws://{server.host}{server.base}/_stcore/stream"
    protocols: Any = ["streamlit", token]
    origin: Any = sent.pop("Origin")
    with connect(
        address, subprotocols=protocols, origin=origin, additional_headers=sent, max_size=None, open_timeout=PATIENCE
    ) as socket:
        yield Tab(socket, server.address)
