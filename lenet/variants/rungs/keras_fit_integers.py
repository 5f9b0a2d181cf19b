"""Keras fit, integers: integer labels instead of one-hot ones.

Expected: next to nothing, the arrays are small (10 floats an image) and both losses are one fused operation.
Source: keras/src/backend/tensorflow/nn.py (`categorical_crossentropy`, `sparse_categorical_crossentropy`).
"""

from lenet.variants.keras_fit import Hooks
from lenet.variants.rungs.keras_fit_no_metrics import LeNet as Parent


class LeNet(Parent):
    """Labels as they come, and the loss that takes them."""

    def _compile(self, sgd):
        self.model.compile(optimizer=sgd, loss="sparse_categorical_crossentropy")

    def fit(self, images, labels, epochs, tick, epoch_end):
        self._train(images, labels, epochs, [Hooks(tick, epoch_end)])
