"""Leaves something running behind; the variable HOW says what."""

import os
import subprocess
import sys
import threading
import time

from tests.helpers.doubles import plain

SLEEP = ["sleep", "4741"]


def fork():
    if os.fork() == 0:  # the child keeps the pipe to the app open
        time.sleep(4741)
        os._exit(0)


def fork_and_die():
    fork()
    os._exit(3)


WAYS = {
    "nothing": lambda: None,
    "thread": threading.Thread(target=time.sleep, args=(4741,)).start,
    "child": lambda: subprocess.Popen(SLEEP),
    "fork": fork,
    "session": lambda: subprocess.Popen(SLEEP, start_new_session=True),
    "daemon": lambda: subprocess.call(
        ["/bin/sh", "-c", "setsid sleep 4741 & sleep 0.2"], env={"PATH": "/usr/bin:/bin"}
    ),
    "fork_and_die": fork_and_die,
    "session_and_die": lambda: (subprocess.Popen(SLEEP, start_new_session=True), sys.exit("it dies")),
}


class LeNet(plain.LeNet):
    def step(self, images, labels):
        if self.steps == 4:
            WAYS[os.environ["HOW"]]()
        return super().step(images, labels)
