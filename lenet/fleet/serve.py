"""What `lenet fleet start` and `lenet fleet join` do until they are ended."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

from lenet.errors import BadInput, RemoteError
from lenet.fleet import member, start
from lenet.fleet.head import Head
from lenet.fleet.link import Link
from lenet.fleet.member import HEAD, Member
from lenet.home import Home
from lenet.store import Store

AGAIN_SECONDS = 5.0
"""Between two tries to reach a head that is gone."""
LOOK_SECONDS = 1.0
Say = Callable[[str], None]


def as_head(
    home: Home,
    store: Store,
    address: str,
    port: int,
    tls: Path | None,
    say: Say,
    ended: Callable[[int], None],
) -> None:
    """Be the head of a fleet until KeyboardInterrupt. Ray is started anew when it ends by itself.

    Raises BadInput, StoreError, RemoteError where it cannot begin.
    """
    variables = start.environment(home, start.make_token(home), tls)
    there = f"{address}:{port}"
    with member.hold(home, Member(HEAD, there)):
        _keep_to_one_core()
        ray = start.Ray.found(home) or start.Ray.started(home, start.head_options(address, port), variables)
        say(f"The fleet's head is at {there}.")
        try:
            while True:
                if ray.ended(LOOK_SECONDS):
                    ray.end()
                    say("Ray has ended; starting it anew.")
                    ray = start.Ray.started(home, start.head_options(address, port), variables)
                _serve(home, store, there, variables, say, ended)
        finally:
            ray.end()


def _serve(
    home: Home, store: Store, there: str, variables: dict[str, str], say: Say, ended: Callable[[int], None]
) -> None:
    """Serve until Ray is gone."""
    try:
        link = Link(there, variables, start.folder(home) / "driver.log")
    except RemoteError as error:
        say(str(error))
        return
    head = Head(store, home, link, ended)
    try:
        head.serve()
    except KeyboardInterrupt:
        head.close()
        raise
    finally:
        link.close()


def as_machine(home: Home, head: str, token: Path, tls: Path | None, known: Member, machine: str, say: Say) -> None:
    """Be a machine of a fleet until KeyboardInterrupt, and join it again whenever its head has been gone.

    Raises BadInput, StoreError, RemoteError where it cannot begin.
    """
    variables = start.environment(home, token, tls)
    with member.hold(home, known):
        _keep_to_one_core()
        ray = _joined(home, head, machine, variables)
        say(f"In the fleet of {head}. Ctrl-C leaves it.")
        try:
            while True:
                if ray.ended(LOOK_SECONDS):
                    ray.end()
                    say(f"The head at {head} is gone; joining again as soon as it answers.")
                    ray = _rejoined(home, head, machine, variables)
                    say("Joined again.")
        finally:
            ray.end()


def _joined(home: Home, head: str, machine: str, variables: dict[str, str]) -> start.Ray:
    if found := start.Ray.found(home):
        return found
    address = start.own_address(*start.parse_address(head))
    return start.Ray.started(home, start.node_options(head, address, machine), variables)


def _rejoined(home: Home, head: str, machine: str, variables: dict[str, str]) -> start.Ray:
    waiting = threading.Event()
    while True:
        with contextlib.suppress(BadInput, RemoteError):
            return _joined(home, head, machine, variables)
        waiting.wait(AGAIN_SECONDS)


def _keep_to_one_core() -> None:
    """Ray and all that it starts leave the cores to the races, which take them back (`runner`)."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
