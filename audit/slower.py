"""A shipped variant that waits after each batch, so that its slowdown has a known size.

LENET_PLANTED_IN names the variant. It waits for LENET_PLANTED_SHARE of the batch's own time, and
LENET_PLANTED_US microseconds more. See `audit.planted`.
"""

import importlib
import os
import time

Parent = importlib.import_module("lenet.variants." + os.environ["LENET_PLANTED_IN"]).LeNet
SHARE = float(os.environ.get("LENET_PLANTED_SHARE", "0"))
SECONDS = float(os.environ.get("LENET_PLANTED_US", "0")) / 1e6


class LeNet(Parent):
    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.train = self.step
        self.step = self.train_slowly

    def train_slowly(self, images, labels):
        begin = time.perf_counter()
        loss = super().wait(self.train(images, labels))
        end = time.perf_counter()
        # A loop, not time.sleep: the system wakes a sleeper tens of microseconds late.
        until = end + SHARE * (end - begin) + SECONDS
        while time.perf_counter() < until:
            pass
        return loss

    def wait(self, loss):
        return loss
