"""The counter, which takes the clock's place and counts what a batch does and what happens between
epochs, with the clock off.

Only a process that was started to count loads it. Counting slows batches down, so nothing is timed.
"""

import gc
import os
import sys
import tracemalloc

import numpy as np

from lenet.worker import probes
from lenet.worker.calls import Calls
from lenet.worker.clock import Clock

EARLIER = 5  # batches that warm the counter up, so that its own tables have grown by the first
MOST_NAMES = 400
# The moments of a reading: a batch's end; the program has left an epoch, or got it back for the next.
BATCH, LEFT, RETURNED = range(3)
CALLS = {
    "python_calls": "Python functions called in the training thread (sys.setprofile)",
    "c_calls": "C functions called from Python in the training thread (sys.setprofile)",
    "other_python_calls": "Python functions called in other threads that Python started while training",
    "other_c_calls": "C functions called from Python in those threads",
}
MEMORY = {
    "blocks": "memory blocks of Python objects, made less freed (sys.getallocatedblocks, after a collection)",
    "traced_bytes": "bytes that Python and NumPy hold more than before (tracemalloc, after a collection)",
}


def no_time():
    """The clocks are off: every time on the tape is 0."""
    return 0


class Counter(Clock):
    """Counts the batches after the first `plan["first"]`, and what happens between two epochs, in the
    clock's place."""

    def __init__(self, tape, events, commands, wait, sync, batches_per_epoch, plan):
        super().__init__(tape, events, commands, wait, sync, batches_per_epoch, now=no_time, cpu=no_time)
        self.first = plan["first"]
        self.probes = probes.attach()
        self.calls = Calls()
        self.kinds = [(of, what, by) for of in self.probes for what, by in sorted(of.by.items())]
        self.kinds += [(None, what, by) for what, by in CALLS.items()]
        most = tape.capacity + 2 * (tape.capacity // batches_per_epoch)
        self.rows = np.zeros((most, len(self.kinds)), np.int64)
        self.counts = np.zeros(most, np.int64)
        self.moments = np.zeros(most, np.int64)
        self.used = 0
        self.memory = self.names = None
        self.named = 0
        self.closed = False

    def tick(self, loss, batches=1):
        """Note the end of a batch, and count."""
        super().tick(loss, batches)
        done = self.tape.count
        if self.first >= self.batches_per_epoch or done < self.first - EARLIER:
            return
        self.calls.start()
        if done >= self.first:
            if not self.used:
                self._open()
            self._write(BATCH)
        if self.used > 1 and done == self.batches_per_epoch:
            self._end_first_epoch()
        if self.used > 1 and done == self.tape.capacity:
            self._close()

    def leave(self):
        """Note what the program did after the last batch of an epoch."""
        self._write_between(LEFT)

    def pause(self):
        """Give the machine back, and note where the program goes on."""
        super().pause()
        self._write_between(RETURNED)

    def _write_between(self, moment):
        if self.used and not self.closed:
            self._write(moment)

    def _open(self):
        self.names = self.calls.names()
        tracemalloc.start()
        self.memory = self._memory()

    def _write(self, moment):
        totals = {of: of.read() for of in self.probes}
        totals[None] = self.calls.read()
        for column, (of, what, _) in enumerate(self.kinds):
            self.rows[self.used, column] = totals[of][what]
        self.counts[self.used] = self.tape.count
        self.moments[self.used] = moment
        self.used += 1

    def _memory(self):
        gc.collect()
        return np.array([sys.getallocatedblocks(), tracemalloc.get_traced_memory()[0]])

    def _end_first_epoch(self):
        # What is left and what is called is told of one epoch: at its end the worker saves weights.
        self.memory = self._memory() - self.memory
        tracemalloc.stop()
        before = self.names
        self.names = {key: calls - before.get(key, 0) for key, calls in self.calls.names().items()}
        self.named = self.tape.count - int(self.counts[0])

    def _close(self):
        if not self.calls.stop():
            raise RuntimeError("something in the process took the profile hook away while calls were counted")
        self.closed = True

    def evidence(self):
        """The counts, as plain values. Raises RuntimeError when too few batches were trained."""
        if not self.closed:
            raise RuntimeError("trained too few batches to count any")
        steady = self._steady()
        return {
            "first": int(self.counts[0]),
            "batches": int(np.diff(self.counts[: self.used])[steady].sum()),
            "epochs": self.tape.capacity // self.batches_per_epoch,
            "watched": [of.framework for of in self.probes],
            "counts": [self._count(column, steady) for column in range(len(self.kinds))] + self._kept(),
            "untold": [
                {"what": what, "framework": of.framework, "why": why}
                for of in self.probes
                for what, why in sorted(of.untold.items())
            ],
            "called": self._called(),
            "called_in": self.named,
        }

    def _steady(self):
        """Which stretches between two readings are batches with no end of an epoch before them."""
        moments = self.moments[: self.used]
        return (moments[:-1] == BATCH) & (moments[1:] == BATCH)

    def _count(self, column, steady):
        """One kind of count: its total, and the median ("typical"), least and most per batch.

        "borders": what each start of a later epoch counted beyond a typical batch, of which it has
        one.
        """
        of, what, by = self.kinds[column]
        added, batches = np.diff(self.rows[: self.used, column]), np.diff(self.counts[: self.used])
        each = added[steady] / batches[steady]
        typical = float(np.median(each))
        return {
            "what": what,
            "framework": of.framework if of else "Python",
            "by": by,
            "total": int(added[steady].sum()),
            "typical": typical,
            "least": float(each.min()),
            "most": float(each.max()),
            "calls_with": int(np.count_nonzero(added[steady])),
            "calls": len(each),
            "borders": self._borders(added - typical * batches),
        }

    def _borders(self, added):
        """Sums of what was added from an epoch's last batch to the end of the next one's first, less
        the worker's own part."""
        returned = np.flatnonzero(self.moments[: self.used] == RETURNED)
        return [float(added[at - 2] + added[at]) for at in returned]

    def _kept(self):
        """The kinds read only before and after: between two collections, one batch says nothing."""
        totals = dict(zip(MEMORY, self.memory.tolist()))  # noqa: B905 - Python 3.6 has no strict
        return [
            {"what": what, "framework": "Python", "by": by, "total": totals[what], "typical": totals[what] / self.named}
            for what, by in MEMORY.items()
        ]

    def _called(self):
        """The functions called most often, the most frequent first."""
        called = [(-calls, where, name) for (where, name), calls in self.names.items() if calls]
        top = sorted(called)[:MOST_NAMES]
        return [{"where": shorten(where), "name": name, "calls": -calls} for calls, where, name in top]


def shorten(path):
    """A file's path below its package's folder or the project's; a module's name stays as it is."""
    parts = path.split(os.sep)
    for index in range(len(parts) - 1, -1, -1):
        if parts[index] == "site-packages":
            return "/".join(parts[index + 1 :])
    project = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
    if path.startswith(project):
        return path[len(project) :].replace(os.sep, "/")
    return "/".join(parts[-2:])
