"""The two private pipes of a worker: events out, commands in.

Both are moved away from the standard descriptors at the start. So all that a framework prints, even
from C, goes to the log, and a framework that reads cannot take a command away.
"""

import json
import os
import queue
import threading

from lenet.worker import family

ORPHANED = 70  # exit status when the parent has gone


class Events:
    """Sends the app JSON lines: started, imported, built, epoch, slice, finished, failed."""

    def __init__(self):
        self.fd = os.dup(1)
        os.dup2(2, 1)

    def send(self, event, **fields):
        """Write one event; fields are plain JSON values."""
        fields["event"] = event
        line = memoryview((json.dumps(fields) + "\n").encode("utf-8"))
        while line:
            line = line[os.write(self.fd, line) :]


class Commands:
    """Receives grants from the app, a whole number of batches per line; ends this process when the
    pipe ends.

    A thread of its own waits on the pipe, which costs the training nothing. So a worker in the
    middle of a long slice ends too when the app is killed.
    """

    def __init__(self):
        self.pipe = os.fdopen(os.dup(0), "r")
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        self.grants = queue.Queue()
        thread = threading.Thread(target=self._listen, name="commands")
        thread.daemon = True
        thread.start()

    def _listen(self):
        for line in self.pipe:
            self.grants.put(int(line))
        family.end()
        os._exit(ORPHANED)

    def next_grant(self):
        """Wait until the app hands this run the machine; return how many batches it may train."""
        return self.grants.get()
