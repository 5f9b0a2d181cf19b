"""Reads a file from somebody else in a process of its own, with so much memory and time and no more.

`python -m lenet.exchange.apart BYTES SECONDS` reads the file that is its standard input, with so much
memory and processor time. What comes back is JSON and rows of numbers, nothing that is run.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np

from lenet.errors import BadInput
from lenet.exchange import parquet
from lenet.program import PROJECT
from lenet.records import Bundle
from lenet.worker.tape import DTYPE

MEMORY_BYTES = 1024**3
"""Of the process, without the programs that it loads."""
PROCESSOR_SECONDS, SECONDS = 60, 240
"""Of the processor, and by the clock: on a busy machine it has a small share."""
ANSWER_BYTES = 128 * 1024**2
REFUSED = 3
_LENGTH = struct.Struct("<Q")
_VARIABLES = ("PATH", "LANG", "LD_LIBRARY_PATH", "TMPDIR", "LENET_HOME")
_ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


def read_apart(source: Path | BinaryIO, name: str = "") -> Bundle:
    """Read the experiment in a file as `read_parquet` does, in a process of its own; this one never
    takes more than what is left of a file that is as it should be.

    name: what errors call an open file. Raises BadInput for any other file, and for one that takes
    too much to read.
    """
    with parquet.opened(source, name) as (file, called):
        return _read(file, called)


def _read(file: BinaryIO, name: str) -> Bundle:
    with parquet.about(name), contextlib.ExitStack() as stack:
        parquet.check_file_size(file)
        answer = stack.enter_context(tempfile.TemporaryFile())
        code = _run(stack.enter_context(_real(file)), answer)
        answer.seek(0)
        if code == REFUSED:
            raise BadInput(answer.read().decode())
        if code != 0:
            raise BadInput("reading it takes too much memory or time, so it was given up")
        (length,) = _LENGTH.unpack(answer.read(_LENGTH.size))
        document: dict[str, Any] = json.loads(answer.read(length))
        return parquet.as_bundle(document, np.frombuffer(answer.read(), DTYPE))


def _run(file: IO[bytes], answer: IO[bytes]) -> int:
    """The exit code of the process, or minus the signal that ended it."""
    variables = {key: os.environ[key] for key in _VARIABLES if key in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "lenet.exchange.apart", str(MEMORY_BYTES), str(PROCESSOR_SECONDS)],
        stdin=file,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT,
        env=variables | _ALONE,
        start_new_session=True,
    )
    try:
        return process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        return -1
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def _real(file: BinaryIO) -> Any:
    """The same content in a file that a process can have as its standard input, from its start."""
    file.seek(0)
    with contextlib.ExitStack() as stack:
        try:
            file.fileno()
        except OSError:
            copy = stack.enter_context(tempfile.TemporaryFile())
            shutil.copyfileobj(file, copy)
            copy.flush()
            copy.seek(0)
            file = copy
        yield file


def _main(memory: int, seconds: int) -> None:
    most = {"RLIMIT_DATA": memory, "RLIMIT_CPU": seconds, "RLIMIT_FSIZE": ANSWER_BYTES, "RLIMIT_CORE": 0}
    for name, limit in most.items():
        resource.setrlimit(getattr(resource, name), (limit, limit))
    answer = sys.stdout.buffer
    try:
        document, rows = parquet.checked(sys.stdin.buffer)
    except BadInput as error:
        answer.write(str(error).encode())
        answer.flush()
        sys.exit(REFUSED)
    text = json.dumps(document).encode()
    answer.write(_LENGTH.pack(len(text)))
    answer.write(text)
    answer.write(rows.tobytes())
    answer.flush()


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
