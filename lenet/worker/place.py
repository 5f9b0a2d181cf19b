"""The place in a variant's program at which a run went wrong: 'lenet/variants/x.py, line 9'.

It is the innermost frame of files of the project that are not the worker's own, or of files in the
folder of a program that lies outside: a variant's file, or one that it builds on. `program` is that
program's file, '' for one of the project's.
"""

import faulthandler
import os
import re
import traceback
from functools import partial

OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep
PACKAGE = os.path.dirname(os.path.dirname(OWN)) + os.sep
PROJECT = os.path.dirname(os.path.dirname(PACKAGE)) + os.sep
STACK = re.compile(r"^(?:Current thread .*|Stack )\(most recent call first\):\n((?:  File .*\n?)+)", re.M)
"""As `faulthandler` writes it."""
FRAME = re.compile(r'^  File "(.*)", line (\d+) in ', re.M)


def of_error(error, program=""):
    """The place of an exception; '' when it never was in a variant's program."""
    frames = traceback.extract_tb(error.__traceback__)
    return _innermost(((frame.filename, frame.lineno) for frame in reversed(frames)), program)


def of_log(text, program=""):
    """The place that the last stack in a log says; '' when there is none."""
    stacks = STACK.findall(text)
    return _innermost(FRAME.findall(stacks[-1]), program) if stacks else ""


def write_on_death():
    """Write the stack into the log when a signal ends this process, or its program ends it by
    `os._exit`, which runs nothing else."""
    faulthandler.enable()
    os._exit = partial(_exit, os._exit, os.getpid())


def _exit(end, pid, status):
    if os.getpid() == pid:  # a forked child ends in this way too, and nothing is wrong with it
        faulthandler.dump_traceback(all_threads=False)
    end(status)


def _innermost(frames, program):
    for file, line in frames:
        path = os.path.abspath(file)
        root = _root(path, program)
        if root and "site-packages" not in path[len(root) :].split(os.sep):
            return "{}, line {}".format(path[len(root) :].replace(os.sep, "/"), line)
    return ""


def _root(path, program):
    """The folder from which a program's file is named; '' for a file that is none's."""
    if program and path.startswith(os.path.dirname(program) + os.sep):
        return os.path.dirname(os.path.dirname(program)).rstrip(os.sep) + os.sep
    # Installed, the project is the folder of all packages.
    others = path.startswith(OWN) or "site-packages" in path.split(os.sep) and not path.startswith(PACKAGE)
    return PROJECT if path.startswith(PROJECT) and not others else ""
