"""NumPy, fed by a thread of its own that nobody ends: it waits for room in a queue for ever."""

import queue
import threading

from lenet.variants import numpy_reference

VARIANT = {"title": "NumPy with a feeder", "packages": ["numpy"], "owns_loop": True}


class LeNet(numpy_reference.LeNet):
    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.size, self.ready = settings["batch_size"], queue.Queue(maxsize=4)

    def fit(self, images, labels, epochs, tick, epoch_end):
        feeder = threading.Thread(target=self._feed, args=(images, labels))
        feeder.start()
        for _ in range(epochs):
            for _ in range(len(images) // self.size):
                tick(super().step(*self.ready.get()))
            epoch_end()

    def _feed(self, images, labels):
        while True:
            for first in range(0, len(images), self.size):
                self.ready.put((images[first : first + self.size], labels[first : first + self.size]))
