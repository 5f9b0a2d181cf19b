"""Owns its loop."""

import time

from tests.helpers.doubles import plain


class LeNet(plain.LeNet):
    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.batch_size = settings["batch_size"]

    def fit(self, images, labels, epochs, tick, epoch_end):
        for _ in range(epochs):
            for _ in range(len(images) // self.batch_size):
                time.sleep(self.seconds)
                tick(0.5)
            epoch_end()
