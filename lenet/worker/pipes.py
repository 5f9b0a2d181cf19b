"""The two private pipes of a worker: events out, commands in.

Both are moved away from the standard descriptors first, so whatever a framework prints, from C too,
goes to the log and nothing it reads takes a command away.
"""

import json
import os
import queue
import threading

ORPHANED = 70  # exit status when the parent has gone


class Events:
    """Rare JSON lines to the parent: started, imported, built, epoch, slice, finished, failed."""

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
    """Grants from the parent, one whole number of batches a line. When the pipe ends, so does this
    process.

    A thread of its own blocks on the pipe (a blocked thread costs the training nothing), so a
    worker in the middle of a long slice ends too when its parent is killed.
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
        os._exit(ORPHANED)

    def next_grant(self):
        """Block until the parent hands this run the machine; how many batches it may train."""
        return self.grants.get()
