"""Lets the app's profiler look at this process, for an ordinary user too.

Linux's Yama lets only an ancestor attach to a process, and the profiler is the worker's sibling.
`PR_SET_PTRACER` names one more process whose descendants may attach (prctl(2)). Only a profiled run
asks for it.
"""

import ctypes
import os
import sys

PR_SET_PTRACER = 0x59616D61


def by_parent():
    """Allow the parent's descendants to attach. Without Yama or Linux there is nothing to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(os.getppid()), 0, 0, 0)
