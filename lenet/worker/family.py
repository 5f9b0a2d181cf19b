"""The processes below this one: kept its descendants as long as it lives, and ended with it when the
app is gone.

A child whose own parent ends becomes init's, and nobody would know where it came from.
`PR_SET_CHILD_SUBREAPER` makes it this process's (prctl(2)).
"""

import contextlib
import ctypes
import os
import signal
import sys

PR_SET_CHILD_SUBREAPER = 36
ROUNDS = 20  # one that is ended may just have started another


def adopt():
    """Adopt orphaned descendants from now on. Only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end():
    """End every descendant, those in sessions of their own too."""
    for _ in range(ROUNDS):
        below = _descendants(os.getpid())
        if not below:
            return
        for pid in below:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def _descendants(pid):
    """Process ids below `pid` of processes that still run; none where there is no /proc."""
    parents = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        with contextlib.suppress(OSError, ValueError):
            with open("/proc/{}/stat".format(int(name)), "rb") as file:
                state, parent = file.read().rpartition(b")")[2].split()[:2]
            if state not in b"ZX":
                parents[int(name)] = int(parent)
    below, found = {pid}, []
    while below:
        below = {child for child, parent in parents.items() if parent in below}
        found += below
    return found
