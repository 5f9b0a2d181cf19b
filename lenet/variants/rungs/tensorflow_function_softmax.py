"""TensorFlow bare function, softmax: the network ends in a softmax, and Keras's loss takes its probabilities.

Expected: one small operation, for the metric; the loss finds the logits behind the softmax.
Source: keras/src/backend/tensorflow/nn.py (`_get_logits`).
"""

import keras
import tensorflow as tf

from lenet.variants.rungs.tensorflow_function_one_hot import LeNet as Parent


class LeNet(Parent):
    """Probabilities instead of logits."""

    def _network(self, images):
        return tf.nn.softmax(super()._network(images))

    def _loss(self, labels, probabilities):
        return tf.reduce_mean(keras.losses.categorical_crossentropy(labels, probabilities))
