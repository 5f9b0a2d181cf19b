"""Keras fit, logits: the last layer has no softmax, and the loss takes its logits.

Expected: nothing; today's Keras finds the logits behind a softmax and computes the loss from them all the same.
Source: keras/src/backend/tensorflow/nn.py (`_get_logits`).
"""

import keras

from lenet.variants.rungs.keras_fit_integers import LeNet as Parent


class LeNet(Parent):
    """No activation on the last layer, `from_logits=True`."""

    def _network(self, weights):
        model = super()._network(weights)
        model.layers[-1].activation = None
        return model

    def _compile(self, sgd):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.model.compile(optimizer=sgd, loss=loss)
