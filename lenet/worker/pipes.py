"""The two private pipes of a worker: events out, commands in.

Both are moved away from the standard descriptors at the start. So all that a framework prints, even
from C, goes to the log, and a framework that reads cannot take a command away.
"""

import json
import os
import select
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

    The thread that trains reads the pipe itself: a grant that had to pass through another thread
    would come later by a twentieth of a millisecond. A thread of its own waits for the end of the
    pipe only, so a worker in the middle of a long turn ends too when the app is killed.
    """

    def __init__(self):
        self.fd = os.dup(0)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        self.unread = b""
        thread = threading.Thread(target=self._watch, name="commands")
        thread.daemon = True
        thread.start()

    def _watch(self):
        end = select.poll()
        end.register(self.fd, 0)  # of no event, that is only of the end
        end.poll()
        _orphaned()

    def next_grant(self):
        """Wait until the app hands this run the machine; return how many batches it may train."""
        while b"\n" not in self.unread:
            piece = os.read(self.fd, 4096)
            if not piece:
                _orphaned()
            self.unread += piece
        line, self.unread = self.unread.split(b"\n", 1)
        return int(line)


def _orphaned():
    family.end()
    os._exit(ORPHANED)
