"""Writes an event of its own into the event pipe; the variable ODD says which."""

import os

from tests.helpers.doubles import plain


class LeNet(plain.LeNet):
    def step(self, images, labels):
        if self.steps == 4:
            os.write(3, os.environ["ODD"].encode() + b"\n")
        return super().step(images, labels)
