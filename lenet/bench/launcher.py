"""One worker process: starts it, lets it train, reads its events, ends it. It waits and never polls
in a loop.

The other end of the pipes is `lenet/worker/`.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet import stacks
from lenet.bench import deaths, environment, memory, sent_weights
from lenet.bench.machine import split_cores
from lenet.bench.pipe import Quiet
from lenet.bench.process import Process
from lenet.catalog import Variant
from lenet.errors import StoreError, WorkerError
from lenet.home import kept_in
from lenet.settings import CORES, Settings
from lenet.worker import paths, tape

Event = dict[str, Any]

LOG_TAIL = 20_000
GRACE_SECONDS = 10.0
"""For a process to end after its last event; a thread that is left over would keep it for ever."""
FIELDS = {
    "started": {"python", "numpy"},
    "imported": {"seconds"},
    "built": {"seconds", "facts"},
    "slice": {"batches"},
    "epoch": {"epoch", "weights"},
    "finished": {"facts", "load", "evidence"},
    "failed": {"type", "message", "place"},
}
"""The events that a worker sends, and the fields that each must have."""


@dataclass(frozen=True)
class Outcome:
    """How a worker ended: a run status, and, unless it finished, the reason and the end of its
    log."""

    status: str
    reason: str = ""
    log: str = ""


class Stalled(Exception):
    """The worker sent no event and trained no batch for the whole time-out."""


class Worker:
    """A process that trains one variant. `folder` is its own and holds its tape, job and log.

    extra: further fields of the job, for counts and profiles (`instrument`, `plan`).
    """

    def __init__(
        self, variant: Variant, settings: Settings, problem: Path, folder: Path, extra: Mapping[str, Any] | None = None
    ) -> None:
        self.variant = variant
        self.settings = settings
        self.tape = folder / "tape"
        self.log = folder / "log.txt"
        self.facts: dict[str, Any] = {}
        self.phases: dict[str, float] = {}
        self.load: dict[str, Any] = {}
        """What the worker measured of its own load: the energy, where a counter can be read."""
        self.evidence: dict[str, Any] = {}
        self.weights: sent_weights.Sent | None = None
        """After the newest epoch."""
        self.peak_memory = 0
        self._seen = 0
        """The batches that it is known to have trained."""
        self._failure: Event | None = None
        self._finished = False
        self._ended_by_us: Outcome | None = None
        self._prepare(problem, folder, extra or {})
        self._process = self._start(folder)

    def _prepare(self, problem: Path, folder: Path, extra: Mapping[str, Any]) -> None:
        cores, _ = split_cores(self.settings)
        job = {
            "module": self.variant.import_path,
            "file": paths.to_text(self.variant.path),
            "owns_loop": self.variant.owns_loop,
            "problem": paths.to_text(problem),
            "tape": paths.to_text(self.tape),
            "folder": paths.to_text(folder),
            # All to start on, for during a race the app, whose child it is, has some of them only.
            "all_cores": list(CORES) if sys.platform == "linux" else None,
            "cores": cores if sys.platform == "linux" else None,
            "settings": self.settings.as_dict(),
            **extra,
        }
        try:
            with kept_in(folder):
                (folder / environment.TEMPORARY).mkdir(parents=True, exist_ok=True)
                tape.create(self.tape, self.settings.batches)
                (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
                self.log.touch()
        except StoreError:
            shutil.rmtree(folder, ignore_errors=True)  # what a full disk holds of it is of no use
            raise

    def _start(self, folder: Path) -> Process:
        command = [str(stacks.interpreter(self.variant.stack)), "-m", "lenet.worker", str(folder / "job.json")]
        return Process(command, folder, self.log, environment.of(self.variant, self.settings))

    @property
    def pid(self) -> int:
        """Process id; the process group has the same one."""
        return self._process.pid

    def grant(self, batches: int) -> None:
        """Let it train so many batches; it pauses at the end of an epoch by itself."""
        self._process.write(b"%d\n" % batches)

    def next_event(self) -> Event | None:
        """Wait for the next event; None after the last one, when the process has ended or closed
        its pipe, or when it was ended after it stalled or sent a wrong line."""
        if self._finished or self._failure:
            return None  # a thread or a child that is left over may keep the pipe open
        try:
            line = self._next_line()
            event = None if line is None else _parse(line)
            if event is not None:
                self._note(event)
        except Stalled:
            self.end(Outcome("timed_out", f"It made no progress for {self.settings.timeout} s and was ended."))
            return None
        except WorkerError as error:
            self.end(Outcome("failed", str(error)))
            return None
        return event

    def _note(self, event: Event) -> None:
        kind = event["event"]
        if kind == "slice":
            self._seen = event["batches"]
            return  # another run waits for the machine, and to look at memory takes time
        self.peak_memory = max(self.peak_memory, memory.peak(self.pid) + memory.together(self._process.children()))
        if kind == "started":
            self.facts.update(python=event["python"], numpy=event["numpy"])
        elif kind == "imported":
            self.phases["import"] = event["seconds"]
        elif kind == "built":
            self.phases["build"] = event["seconds"]
            self.facts.update(event["facts"])
        elif kind == "epoch":
            self.weights = sent_weights.take(Path(paths.of_text(event["weights"])))
        elif kind == "failed":
            self._failure = event
        elif kind == "finished":
            self._finished = True
            self.facts.update(event["facts"])
            self.load.update(event["load"])
            self.evidence.update(event["evidence"])

    def _next_line(self) -> bytes | None:
        """Raises Stalled when the whole time-out passes without a line and without a batch."""
        while True:
            with contextlib.suppress(Quiet):
                return self._process.line(self.settings.timeout)
            now = tape.count(self.tape)
            if now == self._seen:
                raise Stalled
            self._seen = now

    def end(self, outcome: Outcome) -> None:
        """End the process and its children at once. Unless it had finished, it ended by
        `outcome`."""
        if self._ended_by_us is None:
            self._ended_by_us = outcome
        self.peak_memory = max(self.peak_memory, memory.peak(self.pid))
        self._process.kill()

    def outcome(self) -> Outcome:
        """Wait until the process has ended, with all that it started; return how it ended.

        One that says nothing more has GRACE_SECONDS to end by itself.
        """
        in_time = self._process.settle(GRACE_SECONDS)
        log = self.log_tail()
        if self._finished:
            return Outcome("finished", log="\n".join(self._process.notes))
        if self._ended_by_us:
            return Outcome(self._ended_by_us.status, self._ended_by_us.reason, log)
        if self._failure:
            return Outcome("failed", deaths.by_error(self._failure), log)
        if not in_time:
            return Outcome("timed_out", "It did not end after its last event and was ended.", log)
        return Outcome("crashed", deaths.by_code(self._process.code, log, self.variant.path), log)

    def log_tail(self) -> str:
        """The end of what the process printed."""
        with contextlib.suppress(OSError):
            text = self.log.read_bytes()[-LOG_TAIL:].decode("utf-8", "replace")
            return text.replace("\x00", "")
        return ""

    def batches(self) -> npt.NDArray[np.void]:
        """All batches so far, as rows of `tape.DTYPE`."""
        rows: npt.NDArray[np.void] = tape.read(self.tape)
        return rows


def _parse(line: bytes) -> Event:
    try:
        event = json.loads(line)
        if isinstance(event, dict) and event.keys() >= FIELDS[event["event"]]:
            return event
    except (ValueError, KeyError, TypeError):
        pass
    raise WorkerError(f"It sent something that is not an event: {line[:80]!r}.")
