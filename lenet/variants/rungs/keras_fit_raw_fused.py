"""Keras fit, raw network and fused update: `fit` around a network and a loss written in TensorFlow's operations.

Expected: little less than keras_fit_fused; a compiled step calls no layer. What goes is graph: biases added by
broadcasting, and the sum and division of the loss object.
Source: keras/src/layers/convolutional/base_conv.py (`call`), keras/src/losses/loss.py (`__call__`).
"""

import keras
import tensorflow as tf

from lenet.variants.rungs.keras_fit_fused import LeNet as Parent
from lenet.variants.tensorflow_function import network


class Raw(keras.Model):
    """A model without layers: variables, one function, and a loss of its own."""

    def __init__(self, weights):
        super().__init__()
        self.parameters = {name: self.add_weight(array.shape, name=name) for name, array in weights.items()}
        self.set_weights(list(weights.values()))

    def call(self, images):
        return tf.nn.softmax(network({name: v.value for name, v in self.parameters.items()}, images))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return tf.reduce_mean(keras.losses.categorical_crossentropy(y, y_pred))


class LeNet(Parent):
    """The program of keras_fit_fused with another model."""

    def _network(self, weights):
        return Raw(weights)
