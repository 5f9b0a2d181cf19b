"""What Ray runs on a machine of the fleet: a claim, one for each experiment that is raced there, and two
functions for all else. Nothing here imports Ray, which makes an actor of the class itself.

A claim holds the machine as long as it lives. It starts the ordinary program in a process of its own
and reads, for whoever asks, the database and the tapes that this writes.
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from lenet.bench import live, machine
from lenet.fleet import member, start
from lenet.home import Home, open_home
from lenet.records import UNFINISHED, Run
from lenet.store import Store, open_store

POLL_BYTES = 1 << 20
"""Of rows at most in one answer. Where more are made, what is missing comes with the bundle."""
PIECE_BYTES = 4 << 20
STOP_SECONDS = 4.0
"""For an experiment to end after it was asked to; then its process is told to, and then killed."""
TAIL = 2000
"""Characters of a log that a sentence may need."""
_ROW_BYTES = live.NO_BATCHES.itemsize


class Claim:
    """One experiment on this machine. Ray calls its methods in several threads at once.

    asked: uid, request (as `wire.plain` writes it), sources (`machines.sources()` of the head).
    """

    def __init__(self, asked: dict[str, Any]) -> None:
        self._home = open_home()
        self._store: Store = open_store(self._home.database_url)
        self._said: dict[str, Any] = {}
        self._log = start.folder(self._home) / "runner.log"
        self._over = threading.Event()
        self._process = _started(self._log)
        self._write(_asked(self._home, "race", file=str(_parcel(self._home, asked["uid"])), **asked))
        threading.Thread(target=self._listen, daemon=True).start()

    def ended(self) -> str:
        """Wait until it is over; why it never began, '' for one that did."""
        self._over.wait()
        if "refused" in self._said:
            return str(self._said["refused"])
        if "number" not in self._said:
            return f"It ended before it began (exit code {self._process.returncode}): {_tail(self._log)}"
        return ""

    def stop(self, who: str) -> None:
        """End the experiment because somebody asked for that."""
        self._write({"stop": who})
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._over.wait(STOP_SECONDS):
                return
            os.killpg(self._process.pid, number)

    def poll(self, known: dict[str, int]) -> dict[str, Any]:
        """What it looks like now.

        known: folder of a run -> the rows of it that the head has. rows: for each of these folders and
        for new ones, the rows from there on, at most POLL_BYTES of them all together.
        """
        number = self._said.get("number")
        if number is None:
            return {"status": "queued", "stage": "", "runs": [], "rows": {}}
        experiment = self._store.experiment(number)
        runs = self._store.run_states(number)
        expected = live.outlook(self._home, number)
        return {
            "status": experiment.status,
            "stage": self._stage(number, experiment.status),
            "load": machine.load(),
            "outlook": {**dataclasses.asdict(expected), "left": expected.seconds_left} if expected else None,
            "runs": [_plain(run) for run in runs],
            "rows": self._rows(runs, known),
        }

    def _stage(self, number: int, status: str) -> str:
        from lenet.bench import lock

        other = lock.holder() if status == "queued" else None
        return f"waiting: {other.sentence}" if other else live.stage(self._home, number)

    def _rows(self, runs: list[Run], known: dict[str, int]) -> dict[str, bytes]:
        left, found = POLL_BYTES // _ROW_BYTES, {}
        for run in runs:
            first = known.get(run.folder, 0)
            if run.status != "running" and first >= run.batch_count:
                continue
            rows = self._of(run, first, left)
            left -= len(rows)
            found[run.folder] = rows.tobytes()
        return found

    def _of(self, run: Run, first: int, most: int) -> Any:
        if run.status == "running":
            return live.read_tape(self._home, run, first, most)
        return live.rows(self._store, self._home, run)[first : first + most]

    def _write(self, values: dict[str, Any]) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(f"{json.dumps(values)}\n")
            self._process.stdin.flush()
        except OSError:
            pass  # it has ended; `ended` says how

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._said |= json.loads(line)
        self._process.wait()
        self._over.set()


def describe() -> dict[str, Any]:
    """This machine as it is now, as the fields of `records.Machine`; it takes some seconds."""
    home = open_home()
    known = member.known(home)
    return _answered(home, "describe", name=known.name if known else "", labels=known.labels if known else {})


def parcel(uid: str, first: int) -> tuple[int, bytes]:
    """The bundle of an experiment that was raced here and is over: its size, and a piece of it from byte
    `first` on. (0, why there is none) otherwise."""
    home = open_home()
    file = _parcel(home, uid)
    try:
        if not file.exists() and (refused := _answered(home, "pack", uid=uid, file=str(file)).get("refused")):
            return 0, str(refused).encode()
        with file.open("rb") as opened:
            opened.seek(first)
            piece, size = opened.read(PIECE_BYTES), file.stat().st_size
    except OSError as error:
        return 0, str(error).encode()
    if first + len(piece) >= size:
        file.unlink(missing_ok=True)
    return size, piece


def _parcel(home: Home, uid: str) -> Path:
    """Where the bundle of an experiment lies until it is fetched."""
    return start.folder(home) / f"{uid}.parquet"


def _answered(home: Home, what: str, **values: Any) -> dict[str, Any]:
    """What `runner` answers in a process of its own."""
    log = start.folder(home) / f"{what}.log"
    said, _ = _started(log).communicate(f"{json.dumps(_asked(home, what, **values))}\n")
    if not said.strip():
        return {"refused": _tail(log)}
    answer: dict[str, Any] = json.loads(said)
    return answer


def _started(log: Path) -> subprocess.Popen[str]:
    """A process of `runner`, in a session of its own."""
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "lenet.fleet.runner"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            env=_variables(),
            start_new_session=True,
            text=True,
        )


def _asked(home: Home, what: str, **values: Any) -> dict[str, Any]:
    known = member.known(home)
    return {"what": what, "cores": known.cores if known else [], **values}


def _plain(run: Run) -> dict[str, Any]:
    names = ("round", "label", "variant", "status", "folder", "stack", "source_hash", "batch_count")
    return {**{name: getattr(run, name) for name in names}, "over": run.status not in UNFINISHED}


def _variables() -> dict[str, str]:
    """Ray's own variables would reach what is raced."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}


def _tail(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace").strip()
    return text[-TAIL:].splitlines()[-1] if text else "it said nothing."
