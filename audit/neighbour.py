"""Start a busy neighbour: a process that multiplies matrices in bursts.

It loads the machine as other people's work on a shared one does.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

LONGEST_BURST, LONGEST_PAUSE = 3.0, 3.0
"""Seconds. Bursts and pauses last anything up to these, so half of one core is busy on average."""

# It watches its parent, so that it ends when the parent ends, even by a kill.
BURSTS = f"""
import os, random, time
import numpy as np
parent = os.getppid()
draw = random.Random(7439)
factor = np.random.default_rng(7439).normal(size=(600, 600))
while os.getppid() == parent:
    end = time.monotonic() + draw.uniform(0, {LONGEST_BURST})
    while time.monotonic() < end:
        factor @ factor
    time.sleep(draw.uniform(0, {LONGEST_PAUSE}))
"""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """Run one such process, on any core, for as long as the block runs."""
    process = subprocess.Popen([sys.executable, "-c", BURSTS], env={**os.environ, **ONE_THREAD})
    try:
        yield
    finally:
        process.kill()
        process.wait()
