"""TensorFlow 1 fit, softmax: a loss on probabilities, clipped and put through a logarithm.

That is Keras's loss where labels are integers; the products and sums of one-hot labels come with those.

Expected: tens of us per batch, less than keras2_loop_logits saves.
Source: keras/backend/tensorflow_backend.py (`sparse_categorical_crossentropy`) of Keras 2.0.6.
"""

import tensorflow as tf

from lenet.variants.rungs.tensorflow1_fit_accuracy import LeNet as Parent


class LeNet(Parent):
    """The same loop with a softmax between the network and its loss."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.loss = self._loss()
        self.train = self.optimizer.minimize(self.loss)

    def _loss(self):
        return tf.reduce_mean(self._cross_entropy(tf.nn.softmax(self.logits)))

    def _cross_entropy(self, probabilities):
        logarithms = tf.log(tf.clip_by_value(probabilities, 1e-7, 1 - 1e-7))
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=self.labels, logits=logarithms)
