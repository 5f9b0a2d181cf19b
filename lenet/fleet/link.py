"""The head's way to Ray: a child process (`engine.driver`) that speaks with it, asked over pipes."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from pathlib import Path
from typing import Any

from lenet.errors import LostError, RemoteError

READY_SECONDS = 60.0
ANSWER_SECONDS = 30.0
"""For an answer that does not say itself how long it may take."""
END_SECONDS = 10.0


class Link:
    """Asks the driver; any thread may. Raises RemoteError when it does not come up.

    address: of Ray's head, as host:port. log: where the driver's own words go.
    """

    def __init__(self, address: str, variables: dict[str, str], log: Path) -> None:
        command = [sys.executable, "-P", "-m", "lenet.fleet.engine.driver", address]
        self._asked: dict[int, Future[Any]] = {0: Future()}
        self._count, self._lock = 0, threading.Lock()
        self._over = False
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                env=variables,
                start_new_session=True,
                text=True,
            )
        ready = self._asked[0]
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            ready.result(READY_SECONDS)
        except (TooLate, RemoteError) as error:
            self.close()
            raise RemoteError(f"Ray at {address} does not answer; {log} says more.") from error

    def ask(self, name: str, patience: float = ANSWER_SECONDS, **values: Any) -> Any:
        """The driver's answer. Raises LostError when what it is about is not there any more, and
        RemoteError for all else, a silence of `patience` seconds among it."""
        answer: Future[Any] = Future()
        with self._lock:
            self._count += 1
            number = self._count
            if self._over:
                raise RemoteError("Ray is gone.")
            self._asked[number] = answer
            with contextlib.suppress(OSError):
                assert self._process.stdin
                self._process.stdin.write(f"{json.dumps({'id': number, 'ask': name, **values})}\n")
                self._process.stdin.flush()
        try:
            return answer.result(patience)
        except TooLate as error:
            raise RemoteError(f"There was no answer for {patience:.0f} s.") from error
        finally:
            self._asked.pop(number, None)

    def over(self) -> bool:
        """Whether the driver has ended: then nothing answers any more."""
        return self._over

    def close(self) -> None:
        """End the driver; what races goes on."""
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        assert self._process.stdout
        with self._process.stdout:
            for line in self._process.stdout:
                values = json.loads(line)
                waits = self._asked.get(values["id"])
                if waits is not None and not waits.done():
                    _settle(waits, values)
        with self._lock:
            self._over = True
            left = list(self._asked.values())
        for waits in left:
            if not waits.done():
                waits.set_exception(RemoteError("Ray is gone."))


def _settle(waits: Future[Any], values: dict[str, Any]) -> None:
    if "gone" in values:
        waits.set_exception(LostError(values["gone"]))
    elif "error" in values:
        waits.set_exception(RemoteError(values["error"]))
    else:
        waits.set_result(values["answer"])
