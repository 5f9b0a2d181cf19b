"""Keras on JAX, logits: the last layer has no softmax, the loss takes its logits.

Expected: a few us: on JAX, unlike on TensorFlow, Keras does not look for the logits behind a softmax but normalizes,
clips and takes the logarithm of its probabilities, (n, 10) numbers in a compiled step.
Source: keras/src/backend/jax/nn.py (`sparse_categorical_crossentropy`).
"""

import keras

from lenet.variants.rungs.keras_jax_sparse import LeNet as Parent


class LeNet(Parent):
    """No activation on the last layer, `from_logits=True`."""

    def _compile(self, sgd):
        self.model.layers[-1].activation = keras.activations.linear
        self.model.compile(optimizer=sgd, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
