"""PyTorch, every fifth loss: reads the loss of every fifth batch only, and hands the others over without waiting.

Expected: nothing on a CPU, where each operation is done when its call returns; on a GPU most of what Python needs
between two batches, for operations are queued and the loss is what makes the program wait.
Source: docs.pytorch.org, "CUDA semantics", asynchronous execution.
"""

from lenet.variants import pytorch_eager

# As many as other programs train per call, so that a turn holds whole groups.
EVERY = 5


class LeNet(pytorch_eager.LeNet):
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
