"""Examine many variants or rungs after one import of their packages, in a forked worker each.

Runs in a stack: `python -m tests.helpers.examiner PACKAGES JOB.json ...` with packages separated by
commas. It writes the tape, the log, the events and the weights of each epoch beside each job.
Forking is safe until a framework computes, and importing a framework computes nothing.
"""

import importlib
import json
import os
import sys
import traceback

from lenet.worker.__main__ import work


class Events:
    """Writes events to a file, a line each, because nobody listens to them."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "events.jsonl")

    def send(self, event, **fields):
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(dict(fields, event=event)) + "\n")


class Commands:
    """Grants all batches at once, because nobody else waits for a turn."""

    def next_grant(self):
        return 2**31


def examine(path):
    """Run the job at `path`, then end this process."""
    folder = os.path.dirname(path)
    log = os.open(os.path.join(folder, "log.txt"), os.O_WRONLY | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    status = 1
    try:
        with open(path, encoding="utf-8") as file:
            job = json.load(file)
        os.environ.update(job["environment"])
        work(job, Events(folder), Commands())
        status = 0
    except BaseException:
        os.write(log, traceback.format_exc().encode("utf-8"))
    os._exit(status)


def main(packages, paths):
    """Do one job after the other; the exit status says nothing about them."""
    for package in packages.split(","):
        importlib.import_module(package)
    for path in paths:
        child = os.fork()
        if not child:
            examine(path)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
