"""Keras fit, terminal: its progress bar is drawn into a pseudo-terminal, as whoever trains in a shell has it.

What is drawn is read by another process, as a terminal's window is one: a thread would hold the interpreter's lock from
Keras. It only reads; a window draws too, and takes a share of a core for that.

Expected: next to nothing beside a file; a write into a pseudo-terminal is some microseconds more, every 50 ms.
Source: keras/src/utils/io_utils.py (`print_msg` writes and flushes), pty(7).
"""

import contextlib
import os
import pty
import subprocess

from lenet.variants.keras_fit import LeNet as Parent


class LeNet(Parent):
    """`fit` on a terminal that a second process reads."""

    def fit(self, images, labels, epochs, tick, epoch_end):
        window, terminal = pty.openpty()
        # Its end is an error to the reader: nobody writes to the terminal any more.
        reader = subprocess.Popen(["cat"], stdin=window, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(window)
        try:
            with open(terminal, "w", encoding="utf-8") as screen, contextlib.redirect_stdout(screen):
                super().fit(images, labels, epochs, tick, epoch_end)
        finally:
            reader.terminate()
            reader.wait()
