"""The tape: a memory-mapped file with one fixed-size row per batch.

The writer never waits, and a reader may look at any time. The row counter is written after the row,
so after a crash every row up to the last batch is there.
"""

import mmap
import os
import struct

import numpy as np

MAGIC = b"LENETBT2"
HEADER = struct.Struct("<8sQQ")  # magic, capacity, rows written
# Start and end in nanoseconds (monotonic clock), loss (NaN: not read), and the nanoseconds of CPU time
# that all threads of the process took for the turn which this batch ends (0: it ends none, or not known).
ROW = struct.Struct("<qqdq")
COUNT = struct.Struct("<Q")
COUNT_AT = 16
ROWS_AT = 64
DTYPE = np.dtype([("start", "<i8"), ("end", "<i8"), ("loss", "<f8"), ("cpu", "<i8")])
BEFORE = np.dtype([("start", "<i8"), ("end", "<i8"), ("loss", "<f8")])
"""The rows that tapes and databases had before they had CPU time."""
FORMS = {MAGIC: DTYPE, b"LENETBT1": BEFORE}


def widened(rows):
    """Rows of `DTYPE` from rows of any of `FORMS`: where they have no CPU time, it is not known."""
    wide = np.zeros(len(rows), DTYPE)
    for name in rows.dtype.names:
        wide[name] = rows[name]
    return wide


def create(path, capacity):
    """Reserve a tape for `capacity` rows, so that no later write can fail.

    Raises OSError when the disk cannot hold it.
    """
    size = ROWS_AT + capacity * ROW.size
    with open(path, "wb") as file:
        file.write(HEADER.pack(MAGIC, capacity, 0))
        file.flush()
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)


class Writer:
    """Appends rows; a tape has one writer."""

    def __init__(self, path):
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 0)
        magic, self.capacity, self.count = HEADER.unpack_from(self.map, 0)
        if magic != MAGIC:
            raise ValueError("{} is not a tape".format(path))
        self.offset = ROWS_AT

    def append(self, start, end, loss, cpu=0, row=ROW.pack_into, count=COUNT.pack_into):
        """Write one row: start and end in integer nanoseconds, loss or NaN, and the CPU time of a turn
        that ends with it, in integer nanoseconds."""
        row(self.map, self.offset, start, end, loss, cpu)
        self.offset += 32
        self.count += 1
        count(self.map, COUNT_AT, self.count)

    def set_loss(self, index, loss):
        """Fill in a loss that was not read when the row was written."""
        struct.pack_into("<d", self.map, ROWS_AT + index * ROW.size + 16, loss)


def count(path):
    """Rows written so far."""
    with open(path, "rb") as file:
        return HEADER.unpack(file.read(HEADER.size))[2]


def read(path, first=0, most=None):
    """The rows written so far from row `first` on, at most `most`, as a structured array of `DTYPE`.

    Safe while the writer writes.
    """
    with open(path, "rb") as file:
        magic, capacity, rows = HEADER.unpack(file.read(HEADER.size))
        if magic not in FORMS or rows > capacity:
            raise ValueError("{} is not a tape".format(path))
        form = FORMS[magic]
        file.seek(ROWS_AT + first * form.itemsize)
        wanted = max(rows - first, 0)
        found = np.frombuffer(file.read((wanted if most is None else min(wanted, most)) * form.itemsize), dtype=form)
        return found if form == DTYPE else widened(found)
