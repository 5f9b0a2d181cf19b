"""Counts function calls with Python's own profile hook, apart by thread; the program's calls, not
the counter's."""

import os
import sys
import threading

from lenet.worker.probes.probe import CALL

HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class Tally:
    """Calls in one thread: of Python functions (a generator that goes on counts as one) and of C
    functions."""

    def __init__(self):
        self.python = 0
        self.c = 0
        self.by_code = {}
        self.by_builtin = {}

    def profile(self, frame, event, argument):
        """As `sys.setprofile` calls it."""
        code = frame.f_code
        ours = code.co_filename.startswith(HERE)
        if event == "call" and not ours:
            self.python += 1
            self.by_code[code] = self.by_code.get(code, 0) + 1
        elif event == "c_call" and (not ours or code is CALL):
            self.c += 1
            # An exception here would end the counting without a word.
            key = getattr(argument, "__module__", None) or "", getattr(argument, "__qualname__", "?")
            self.by_builtin[key] = self.by_builtin.get(key, 0) + 1


class Calls:
    """The training thread's calls, and those of threads that Python starts from now on."""

    def __init__(self):
        self.training = Tally()
        self.others = []
        threading.setprofile(self._enter)

    def start(self):
        """Count the calling thread's from here on; again changes nothing."""
        sys.setprofile(self.training.profile)

    def stop(self):
        """Whether the training thread was counted until now; from here on it is not, nor is a new
        thread."""
        whole = sys.getprofile() == self.training.profile
        sys.setprofile(None)
        threading.setprofile(None)
        return whole

    def _enter(self, frame, event, argument):
        # A tally of its own for every thread: two threads that add to one number lose some.
        tally = Tally()
        self.others.append(tally)
        sys.setprofile(tally.profile)
        tally.profile(frame, event, argument)

    def read(self):
        """Totals so far: the training thread's Python and C calls, the other threads'."""
        return {
            "python_calls": self.training.python,
            "c_calls": self.training.c,
            "other_python_calls": sum(tally.python for tally in self.others),
            "other_c_calls": sum(tally.c for tally in self.others),
        }

    def names(self):
        """Calls of the training thread so far by (where, function); where is a file, or a module of
        C functions."""
        names = dict(self.training.by_builtin)
        for code, calls in self.training.by_code.items():
            key = code.co_filename, code.co_name
            names[key] = names.get(key, 0) + calls
        return names
