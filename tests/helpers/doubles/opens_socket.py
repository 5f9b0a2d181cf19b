"""Opens a socket in the folder for temporary files; the variable HOW says by whose hand."""

import multiprocessing
import os
import socket
import tempfile
from multiprocessing.connection import Listener

from tests.helpers.doubles import plain


def by_hand():
    socket.socket(socket.AF_UNIX).bind(os.path.join(tempfile.mkdtemp(prefix="of-a-program-"), "socket"))


WAYS = {
    "listener": lambda: Listener(family="AF_UNIX").close(),
    "manager": lambda: multiprocessing.Manager().shutdown(),
    "by_hand": by_hand,
}


class LeNet(plain.LeNet):
    def step(self, images, labels):
        if self.steps == 4:
            WAYS[os.environ["HOW"]]()
        return super().step(images, labels)
