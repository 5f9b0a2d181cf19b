"""Counts function calls by thread, with Python's profile hook, but not the counter's own."""

import os
import sys
import threading

from lenet.worker.probes.probe import CALL

HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class Tally:
    """Counts one thread's calls of Python functions and of C functions.

    A generator that continues counts as a call.
    """

    def __init__(self):
        self.python = 0
        self.c = 0
        self.by_code = {}
        self.by_builtin = {}

    def profile(self, frame, event, argument):
        """Count an event; `sys.setprofile` calls this."""
        code = frame.f_code
        ours = code.co_filename.startswith(HERE)
        if event == "call" and not ours:
            self.python += 1
            self.by_code[code] = self.by_code.get(code, 0) + 1
        elif event == "c_call" and (not ours or code is CALL):
            self.c += 1
            # An exception here would silently end the counting.
            key = getattr(argument, "__module__", None) or "", getattr(argument, "__qualname__", "?")
            self.by_builtin[key] = self.by_builtin.get(key, 0) + 1


class Calls:
    """Counts calls in the training thread, and in threads that Python starts from now on."""

    def __init__(self):
        self.training = Tally()
        self.others = []
        threading.setprofile(self._enter)

    def start(self):
        """Count the calling thread's calls from now on; calling it again changes nothing."""
        sys.setprofile(self.training.profile)

    def stop(self):
        """Stop counting; return whether the training thread was counted until now."""
        whole = sys.getprofile() == self.training.profile
        sys.setprofile(None)
        threading.setprofile(None)
        return whole

    def _enter(self, frame, event, argument):
        # Each thread has its own tally, because two threads that add to one number lose counts.
        tally = Tally()
        self.others.append(tally)
        sys.setprofile(tally.profile)
        tally.profile(frame, event, argument)

    def read(self):
        """Totals so far: Python and C calls, of the training thread and of the others."""
        return {
            "python_calls": self.training.python,
            "c_calls": self.training.c,
            "other_python_calls": sum(tally.python for tally in self.others),
            "other_c_calls": sum(tally.c for tally in self.others),
        }

    def names(self):
        """(where, function) -> calls of the training thread so far.

        where: a file, or the module of a C function.
        """
        names = dict(self.training.by_builtin)
        for code, calls in self.training.by_code.items():
            key = code.co_filename, code.co_name
            names[key] = names.get(key, 0) + calls
        return names
