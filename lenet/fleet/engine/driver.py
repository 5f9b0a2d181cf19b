"""The process that speaks with Ray for the head: `python -m lenet.fleet.engine.driver HOST:PORT`.

It alone imports Ray, which ends the process of its driver a minute after Ray's own head is gone. It
reads requests and writes answers, a line of JSON each, in any order; `link` is the other end. It ends
with its input; what races goes on.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TextIO

import ray
from ray import exceptions
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from lenet.fleet import claim, start
from lenet.fleet.engine import loopback

NAMESPACE = "lenet"
LEFT = 1
"""Ray's reason of a node's death that was asked for there."""
AT_ONCE = 256
"""Requests that may wait for machines at the same time: two for each of a hundred, and some."""
DESCRIBE_SECONDS, PIECE_SECONDS, POLL_SECONDS, STOP_SECONDS = 120, 120, 8, 20


class Gone(Exception):
    """A machine is not there, or what ran on it is no more."""


class Driver:
    """Answers requests, each in a thread of its own."""

    def __init__(self) -> None:
        self._actors: dict[str, Any] = {}
        self._ends: dict[str, Any] = {}
        """uid -> what becomes ready with the end of that claim."""

    def machines(self) -> dict[str, list[str]]:
        """The ids of the machines that are there, and of those that have left in order."""
        there = self._nodes()
        left = {_machine(node) for node in ray.nodes() if node.get("DeathReason") == LEFT}
        return {"there": list(there), "left": [one for one in left if one and one not in there]}

    def describe(self, machine: str) -> dict[str, Any]:
        """What a machine says of itself."""
        found: dict[str, Any] = self._on(machine, claim.describe, DESCRIBE_SECONDS)
        if "refused" in found:
            raise RuntimeError(found["refused"])
        return found

    def begin(self, uid: str, machine: str, asked: dict[str, Any]) -> None:
        """Have an experiment raced. It goes on when this process ends."""
        remote = ray.remote(claim.Claim).options(
            name=_name(uid),
            lifetime="detached",
            num_cpus=0,
            resources={start.RACES: 1},
            max_restarts=0,
            max_task_retries=0,
            max_concurrency=4,
            scheduling_strategy=self._at(machine),
        )
        self._keep(uid, remote.remote(asked))

    def find(self, uid: str) -> None:
        """Know a claim that another driver began. Raises Gone."""
        try:
            self._keep(uid, ray.get_actor(_name(uid)))
        except ValueError as error:
            raise Gone(str(error)) from error

    def wait(self, uid: str, seconds: float) -> str | None:
        """Wait at most so long for the end of a claim; None while it goes on, then why it never began
        ('' if it did). Raises Gone when it is no more."""
        ready, _ = ray.wait([self._ends[uid]], timeout=seconds)
        if not ready:
            return None
        try:
            return str(ray.get(ready[0]))
        except exceptions.ActorUnavailableError:
            self._keep(uid, self._actors[uid])  # it did not answer, and may live
            return None

    def poll(self, uid: str, known: dict[str, int]) -> dict[str, Any]:
        """What a race looks like now."""
        found: dict[str, Any] = ray.get(self._actors[uid].poll.remote(known), timeout=POLL_SECONDS)
        return found

    def stop(self, uid: str, who: str) -> None:
        """End a race because somebody asked for it; returns once it has ended."""
        ray.get(self._actors[uid].stop.remote(who), timeout=STOP_SECONDS)

    def release(self, uid: str) -> None:
        """Let the machine of a claim go."""
        self._ends.pop(uid, None)
        actor = self._actors.pop(uid, None)
        if actor is not None:
            ray.kill(actor)

    def parcel(self, machine: str, uid: str, file: str) -> str:
        """Fetch the bundle of what was raced on a machine, into a file; why there is none, '' if there
        is."""
        first, size = 0, 1
        with Path(file).open("wb") as opened:
            while first < size:
                size, piece = self._on(machine, claim.parcel, PIECE_SECONDS, uid, first)
                if not size or not piece:
                    return str(piece.decode())
                opened.write(piece)
                first += len(piece)
        return ""

    def _keep(self, uid: str, actor: Any) -> None:
        self._actors[uid], self._ends[uid] = actor, actor.ended.remote()

    def _on(self, machine: str, function: Callable[..., Any], seconds: float, *arguments: Any) -> Any:
        options = {"num_cpus": 0, "max_retries": 0, "scheduling_strategy": self._at(machine)}
        return ray.get(ray.remote(function).options(**options).remote(*arguments), timeout=seconds)

    def _at(self, machine: str) -> NodeAffinitySchedulingStrategy:
        # What asks for a machine that is not there would wait for ever.
        node = self._nodes().get(machine)
        if node is None:
            raise Gone("It is not there.")
        return NodeAffinitySchedulingStrategy(node_id=node, soft=False)

    def _nodes(self) -> dict[str, str]:
        """Machine -> Ray's name of it."""
        return {_machine(node): node["NodeID"] for node in ray.nodes() if node["Alive"] and _machine(node)}


class Lines:
    """Reads requests and writes answers."""

    def __init__(self, out: TextIO) -> None:
        self._driver, self._out, self._lock = Driver(), out, threading.Lock()

    def serve(self) -> None:
        """Answer until the input ends."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for line in sys.stdin:
                threads.submit(self._answer, json.loads(line))
            os._exit(0)  # some thread may wait for a machine that hangs

    def say(self, values: dict[str, Any]) -> None:
        """Write one line."""
        text = json.dumps(values, default=_as_text)
        with self._lock:
            print(text, file=self._out, flush=True)

    def _answer(self, request: dict[str, Any]) -> None:
        number, name = request.pop("id"), request.pop("ask")
        try:
            self.say({"id": number, "answer": getattr(self._driver, name)(**request)})
        except (Gone, exceptions.RayActorError, exceptions.ActorUnschedulableError) as error:
            self.say({"id": number, "gone": _sentence(error)})
        except Exception as error:
            self.say({"id": number, "error": f"{type(error).__name__}: {_sentence(error)}"})


def _machine(node: dict[str, Any]) -> str:
    """The id of the machine that a node is; '' for the head."""
    return str(node["Labels"].get(start.LABEL, ""))


def _name(uid: str) -> str:
    return f"race-{uid}"


def _as_text(value: bytes) -> str:
    """Of rows, which JSON does not have."""
    return base64.b64encode(value).decode()


def _sentence(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "")


def main() -> None:
    """Connect and serve."""
    # What a library prints must not stand between answers.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    loopback.keep()
    ray.init(address=sys.argv[1], namespace=NAMESPACE, log_to_driver=False, logging_level="ERROR")
    lines = Lines(out)
    lines.say({"id": 0, "answer": "ready"})
    lines.serve()


if __name__ == "__main__":
    main()
