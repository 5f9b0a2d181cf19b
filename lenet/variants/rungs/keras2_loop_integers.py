"""Keras 2 loop, integers: a label is one number, not a row of ten.

Keras makes one-hot labels as float64, which are cast in every batch; integers it casts to float32 and back.

Expected: little, either way.
Source: keras/utils/np_utils.py (`to_categorical`) and keras/backend/tensorflow_backend.py
(`sparse_categorical_crossentropy`) of Keras 2.0.6.
"""

import keras

from lenet.variants.rungs.keras2_loop_logits import LeNet as Parent


def cross_entropy(labels, probabilities):
    """Of every image, with the index of its digit."""
    logits = probabilities.op.inputs[0]
    return keras.backend.sparse_categorical_crossentropy(logits, labels, from_logits=True)


class LeNet(Parent):
    """The same loop, compiled with a loss on integers."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.model.compile(loss=cross_entropy, optimizer=self.model.optimizer)

    def _targets(self, labels):
        return labels[:, None]
