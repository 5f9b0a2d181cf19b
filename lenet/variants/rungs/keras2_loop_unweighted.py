"""Keras 2 loop, unweighted: the loss is the mean over the batch and nothing else.

Keras feeds a weight for every image, multiplies by it, divides by the share of weights that are not 0, multiplies by
the output's weight, and takes labels as floats, which it reshapes and casts.

Expected: tens of us per batch, for some ten small operations and their gradients.
Source: keras/engine/training.py (`_weighted_masked_objective`, `compile`) of Keras 2.0.6.
"""

import tensorflow as tf

from lenet.variants.rungs.keras2_loop_integers import LeNet as Parent


class LeNet(Parent):
    """The same loop with a loss in TensorFlow."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.labels, logits = tf.placeholder(tf.int32, [None]), self.model.output.op.inputs[0]
        xentropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=self.labels, logits=logits)
        self.model.model.total_loss = tf.reduce_mean(xentropy)

    def _feeds(self, images, labels):
        return [(self.model.input, images), (self.labels, labels)]
