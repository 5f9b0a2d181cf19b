"""Lets the parent's profiler look at this process, for an ordinary user too.

Linux's Yama lets only an ancestor attach to a process; the profiler is the worker's sibling.
`PR_SET_PTRACER` names one more process whose descendants may (prctl(2)); it is asked for in a
profiled run alone.
"""

import ctypes
import os
import sys

PR_SET_PTRACER = 0x59616D61


def by_parent():
    """Allow what the parent starts. Where there is no Yama, or no Linux, there is nothing to
    allow."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(os.getppid()), 0, 0, 0)
