"""A loop of its own that calls one function in each batch, and more of them around each epoch."""

from tests.helpers.doubles import fits


def anew():
    """Called five times after an epoch and three times before one."""


def usual():
    """Called once in each batch."""


class LeNet(fits.LeNet):
    def fit(self, images, labels, epochs, tick, epoch_end):
        for _ in range(epochs):
            for _ in range(3):
                anew()
            for _ in range(len(images) // self.batch_size):
                usual()
                tick(0.5)
            for _ in range(5):
                anew()
            epoch_end()

    def weights(self):
        # Asked for by the worker between two epochs, which must not count.
        for _ in range(100):
            anew()
        return super().weights()
