"""Keras 2 loop, logits: softmax and cross-entropy are one operation of TensorFlow's.

Keras 2.0.6 computes the softmax, then normalizes, clips, takes logarithms, multiplies and sums, with a gradient of
each. Later versions look up what went into the softmax, as it is done here; the softmax itself is then not computed.

Expected: 50 to 100 us per batch, for some ten small operations and their gradients.
Source: keras/backend/tensorflow_backend.py (`categorical_crossentropy`) of Keras 2.0.6; keras-team/keras #2156.
"""

import keras

from lenet.variants.rungs.keras2_loop_no_accuracy import LeNet as Parent


def cross_entropy(one_hot, probabilities):
    """Of every image, on what went into the softmax; the softmax itself is then not computed."""
    logits = probabilities.op.inputs[0]
    return keras.backend.categorical_crossentropy(logits, one_hot, from_logits=True)


class LeNet(Parent):
    """The same loop, compiled with a loss on logits."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.model.compile(loss=cross_entropy, optimizer=self.model.optimizer)
