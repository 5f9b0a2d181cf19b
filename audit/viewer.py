"""A viewer that draws nothing: it asks for what a browser asks for, and counts what comes.

`python -m audit.viewer URL` watches a page until its stdin is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

CONNECT_SECONDS = 60.0


class Viewer:
    """One open page. It lets its fragments run again as often as the page asks for."""

    def __init__(self, address: str, query: str) -> None:
        self.address, self.query = address, query
        self.bytes = 0
        self.ticks: list[float] = []
        """How long each tick took, from the question to its end, in seconds."""
        self.drawn = asyncio.Event()
        self._asked: dict[str, float] = {}
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._cached: dict[str, None] = {}
        self._page = ""
        self._socket: Any = None
        self._reading: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Open the page, and wait until it is drawn."""
        self._socket = await websockets.connect(
            f"ws://{self.address}/_stcore/stream",
            subprotocols=[websockets.Subprotocol("streamlit"), websockets.Subprotocol("viewer")],
            origin=websockets.Origin(f"http://{self.address}"),
            max_size=None,
            compression=None,
            open_timeout=CONNECT_SECONDS,
        )
        self._reading = asyncio.create_task(self._read())
        await self._ask("")
        await asyncio.wait_for(self.drawn.wait(), CONNECT_SECONDS)

    async def close(self) -> None:
        """Close the page."""
        for timer in self._timers.values():
            timer.cancel()
        with contextlib.suppress(Exception):
            await self._socket.close()
        if self._reading:
            await self._reading

    async def _ask(self, fragment: str) -> None:
        message = BackMsg()
        run = message.rerun_script
        run.query_string, run.page_script_hash = self.query, self._page
        run.fragment_id, run.is_auto_rerun = fragment, bool(fragment)
        run.cached_message_hashes.extend(self._cached)
        run.context_info.timezone, run.context_info.url = "UTC", f"http://{self.address}/"
        await self._socket.send(message.SerializeToString())

    async def _read(self) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            async for data in self._socket:
                self.bytes += len(data)
                message = ForwardMsg()
                message.ParseFromString(data)
                self._take(message)

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if message.metadata.cacheable:
            self._cached = dict.fromkeys([*list(self._cached)[-20:], message.hash])
        if kind == "new_session":
            self._page = message.new_session.page_script_hash
            if not message.metadata.run.fragment_ids:
                self._forget_fragments()
        elif kind == "auto_rerun":
            fragment = message.auto_rerun.fragment_id
            if fragment not in self._timers:
                self._timers[fragment] = asyncio.create_task(self._tick(fragment, message.auto_rerun.interval))
        elif kind == "script_finished":
            if not message.metadata.run.fragment_ids:
                self.drawn.set()
            for fragment in message.metadata.run.fragment_ids:
                if fragment in self._asked:
                    self.ticks.append(time.monotonic() - self._asked.pop(fragment))

    def _forget_fragments(self) -> None:
        """The whole page is drawn again, and says itself what is to be asked for."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._asked.clear()

    async def _tick(self, fragment: str, interval: float) -> None:
        """As a browser's timer: it asks each second, but not while an answer is on its way."""
        while True:
            await asyncio.sleep(interval)
            if fragment not in self._asked:
                self._asked[fragment] = time.monotonic()
                await self._ask(fragment)


async def watch(url: str) -> None:
    """Watch a page until stdin is closed."""
    parts = urlsplit(url)
    viewer = Viewer(parts.netloc, parts.query)
    await viewer.open()
    await asyncio.to_thread(sys.stdin.read)
    await viewer.close()


if __name__ == "__main__":
    asyncio.run(watch(sys.argv[1]))
