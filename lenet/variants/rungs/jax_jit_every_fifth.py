"""JAX by hand, every fifth loss: reads the loss of every fifth batch only, and hands the others over without waiting.

Expected: a few per cent of a small step on a CPU, and on a GPU what Python needs between two batches: JAX gives a call
back before its work is done, so the next batch is prepared meanwhile; reading each loss takes that away.
Source: docs.jax.dev, "Asynchronous dispatch".
"""

from lenet.variants import jax_jit

# As many as other programs train per call, so that a turn holds whole groups.
EVERY = 5


class LeNet(jax_jit.LeNet):
    """The same step; five of them lie between two readings of a loss."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.batch_size = settings["batch_size"]

    def fit(self, images, labels, epochs, tick, epoch_end):
        size = self.batch_size
        for _ in range(epochs):
            for group in range(0, len(images), EVERY * size):
                firsts = range(group, min(group + EVERY * size, len(images)), size)
                for first in firsts:
                    loss = self.step(images[first : first + size], labels[first : first + size])
                tick(loss, len(firsts))
            epoch_end()
