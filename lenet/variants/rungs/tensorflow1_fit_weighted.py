"""TensorFlow 1 fit, weighted: every image has a weight, always 1, and so has the output.

Expected: tens of us per batch, what keras2_loop_unweighted saves.
Source: keras/engine/training.py (`_weighted_masked_objective`, `compile`) of Keras 2.0.6.
"""

import numpy as np
import tensorflow as tf
from keras.engine import training

from lenet.variants.rungs.tensorflow1_fit_one_hot import LeNet as Parent


class LeNet(Parent):
    """The same loop with the loss that Keras's `compile` makes."""

    def _loss(self):
        self.image_weights = tf.placeholder(tf.float32, [None])
        weighted = training._weighted_masked_objective(lambda _, probabilities: self._cross_entropy(probabilities))
        return 1.0 * weighted(self.labels, tf.nn.softmax(self.logits), self.image_weights)

    def _feeds(self, images, labels):
        return [*super()._feeds(images, labels), (self.image_weights, np.ones(len(images), np.float32))]
