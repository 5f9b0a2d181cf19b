"""Keras's program around PyTorch's layers and a loss written in PyTorch, of probabilities and one-hot labels still.

Expected: tens of microseconds per batch less (keras/src/losses/loss.py; keras/src/trainers/compile_utils.py,
CompileLoss; keras-team/keras #22561).
"""

from lenet.variants.rungs import keras_torch_modules_first
from lenet.variants.rungs.keras_torch_modules import Network
from lenet.variants.rungs.pytorch_softmax import cross_entropy


class Scored(Network):
    """Has its own loss."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return cross_entropy(y_pred, y)


class LeNet(keras_torch_modules_first.LeNet):
    """No loss object of Keras's."""

    model_class = Scored

    def _compile(self, sgd):
        self.model.compile(optimizer=sgd, metrics=["accuracy"])
