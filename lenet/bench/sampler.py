"""Attaches a sampling profiler (py-spy) to a process and compacts the stacks that it saw."""

from __future__ import annotations

import contextlib
import re
import select
import shutil
import signal
import subprocess
import sysconfig
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any

from lenet.errors import Unavailable, WorkerError

RATE = 200
"""Samples per second: a profile of some seconds gives shares to one or two percentage points."""
PATIENCE = 20
"""Seconds that py-spy may take to attach, and to write its stacks."""
MOST_STACKS = 1500
READY = b"Sampling process"
THREAD = "MainThread"
PAUSED = re.compile(r"(.*\.)?(pause|_end_slice|epoch_end) \(lenet/worker/")
"""Frames in which no batch runs. (Python 3.11 calls them `Clock.pause`, older ones `pause`.)"""
REST = "(stacks seen too rarely to be kept)"


def executable() -> str:
    """The path of py-spy. Raises Unavailable when it is not installed."""
    path = shutil.which("py-spy", path=sysconfig.get_path("scripts")) or shutil.which("py-spy")
    if not path:
        raise Unavailable("A profile needs py-spy; install it with `pip install py-spy` beside LeNet Bench.")
    return path


class Sampler:
    """Samples the process `pid` from its own creation until `stop`, including the time that the
    process waits.

    path: the file that py-spy writes. Raises Unavailable when the system does not let it look at
    the process.
    """

    def __init__(self, pid: int, path: Path) -> None:
        self.path = path
        # --idle: a call that waits for the framework's threads costs the batch as much as one that
        # computes.
        command = [executable(), "record", "--pid", str(pid), "--format", "raw", "--output", str(path)]
        command += ["--rate", str(RATE), "--duration", "unlimited", "--idle", "--threads", "--function"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            self._wait_until_ready()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Sampler:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _wait_until_ready(self) -> None:
        assert self._process.stdout
        said = b""
        end = time.monotonic() + PATIENCE
        while READY not in said:
            ready, _, _ = select.select([self._process.stdout], [], [], max(end - time.monotonic(), 0))
            piece = self._process.stdout.read1(65536) if ready else b""  # type: ignore[attr-defined]
            if not piece:
                raise Unavailable(_refusal(said))
            said += piece

    def stop(self) -> dict[str, Any]:
        """Detach and return the stacks seen: {rate, samples, frames, stacks}, as `compact` has
        them.

        Raises WorkerError when no stack was seen.
        """
        self._process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.communicate(timeout=PATIENCE)
        try:
            stacks = parse(self.path.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            stacks = Counter()
        if not stacks:
            raise WorkerError("The profiler saw no batch; train more batches (images per epoch) and try again.")
        return {"rate": RATE, **compact(stacks)}

    def close(self) -> None:
        """End the profiler at once; the process that it sampled goes on."""
        assert self._process.stdout
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


def parse(text: str) -> Counter[tuple[str, ...]]:
    """Stack (outermost frame first) -> samples of the training thread, without those of pauses.

    text: py-spy's raw format, with lines such as `thread (1): MainThread;main (a.py:3);step
    (b.py:9) 12`.
    """
    stacks: Counter[tuple[str, ...]] = Counter()
    for line in text.splitlines():
        path, _, samples = line.rpartition(" ")
        thread, *frames = path.split(";")
        if thread.endswith(THREAD) and frames and not any(map(PAUSED.match, frames)):
            stacks[tuple(frames)] += int(samples)
    return stacks


def compact(stacks: Counter[tuple[str, ...]]) -> dict[str, Any]:
    """Stacks as {samples, frames, stacks}: `frames` has each frame once, `stacks` has [samples,
    indices into `frames`], the most frequent first.

    At most MOST_STACKS are kept; the samples of all others are summed in one more stack, REST.
    """
    kept = stacks.most_common(MOST_STACKS)
    rest = stacks.total() - sum(samples for _, samples in kept)
    if rest:
        kept.append(((REST,), rest))
    places: dict[str, int] = {}
    coded = [[samples, [places.setdefault(frame, len(places)) for frame in stack]] for stack, samples in kept]
    return {"samples": stacks.total(), "frames": list(places), "stacks": coded}


def _refusal(said: bytes) -> str:
    text = said.decode("utf-8", "replace")
    if "ermission" in text or "root" in text:
        return (
            "The system does not let the profiler look at the worker; run LeNet Bench with the right to trace "
            "(`sudo`, or `--cap-add SYS_PTRACE` for a container)."
        )
    last = text.strip().splitlines()[-1] if text.strip() else "it said nothing"
    return f"The profiler did not start ({last}); run `py-spy record` by hand to see why."
