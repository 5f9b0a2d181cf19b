"""PyTorch's cross-entropy in place of Keras's loss object.

Keras's looks for masks and sample weights, casts, matches ranks and takes the mean by operations of its own.

Expected: tens of microseconds per batch (keras/src/losses/loss.py, reduce_weighted_values; keras-team/keras #22561).
"""

from torch.nn import functional

from lenet.variants.rungs import keras_torch_sgd


class LeNet(keras_torch_sgd.LeNet):
    """Only the layers are Keras's."""

    def _forward(self, images, labels):
        return functional.cross_entropy(self.model(images, training=True), labels)
