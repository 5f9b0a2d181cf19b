"""Stands in for the link to Ray: machines that come and go, and races on them, as a test has them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from lenet.errors import LostError, RemoteError
from lenet.exchange import Bundle, as_parquet
from tests.helpers.tapes import Rows

ABOUT: dict[str, Any] = {
    "host": "vm", "cpu": "a test's", "cores": 2, "memory_bytes": 8 << 30, "gpus": [], "stacks": {"main": {}},
    "lacking": {}, "versions": {}, "labels": {}, "slots": 1, "load": {}, "draining": False,
}  # fmt: skip


def told(folder: str = "r1-numpy_reference", status: str = "running", batches: int = 0) -> dict[str, Any]:
    """What a machine says of a run."""
    number, _, label = folder[1:].partition("-")
    about = {"round": int(number), "label": label, "variant": label.partition("~")[0], "stack": "main"}
    over = {"status": status, "over": status != "running", "batch_count": batches}
    return {**about, **over, "source_hash": "", "folder": folder}


def state(*runs: dict[str, Any], stage: str = "", rows: dict[str, Rows] | None = None) -> dict[str, Any]:
    """What a machine answers to a poll. rows: by the run's folder, all that it has."""
    return {"status": "running", "stage": stage, "runs": list(runs), "rows": rows or {}, "outlook": None}


class Rays:
    """A link without Ray."""

    def __init__(self, *machines: str) -> None:
        self.there = list(machines)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        """All that was asked but what is asked each second."""
        self.ends: dict[str, str | Exception] = {}
        """uid -> how its race has ended, as `wait` says it."""
        self.polls: dict[str, dict[str, Any]] = {}
        self.bundles: dict[str, Bundle] = {}
        self.gone = False

    def over(self) -> bool:
        return self.gone

    def ask(self, name: str, patience: float = 0.0, **values: Any) -> Any:
        if self.gone:
            raise RemoteError("Ray is gone.")
        if name not in ("machines", "wait", "poll"):
            self.asked.append((name, values))
        return getattr(self, name)(**values)

    def machines(self) -> dict[str, list[str]]:
        return {"there": self.there, "left": []}

    def describe(self, machine: str) -> dict[str, Any]:
        return {**ABOUT, "id": machine, "name": machine}

    def begin(self, uid: str, machine: str, asked: dict[str, Any]) -> None:
        if machine not in self.there:
            raise LostError("It is not there.")
        self.polls.setdefault(uid, state())

    def find(self, uid: str) -> None:
        if uid not in self.polls:
            raise LostError("No such race.")

    def wait(self, uid: str, seconds: float) -> str | None:
        end = self.ends.get(uid)
        if isinstance(end, Exception):
            raise end
        return end

    def poll(self, uid: str, known: dict[str, int]) -> dict[str, Any]:
        rows = {folder: found[known.get(folder, 0) :] for folder, found in self.polls[uid]["rows"].items()}
        packed = {folder: base64.b64encode(found.tobytes()).decode() for folder, found in rows.items()}
        return {**self.polls[uid], "rows": packed}

    def stop(self, uid: str, who: str) -> None:
        self.ends[uid] = ""

    def release(self, uid: str) -> None:
        self.polls.pop(uid, None)

    def parcel(self, machine: str, uid: str, file: str) -> str:
        if uid not in self.bundles:
            return "The machine knows nothing of it."
        Path(file).write_bytes(as_parquet(self.bundles[uid]))
        return ""
