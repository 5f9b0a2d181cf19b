"""Keras loop, raw: the network and its loss written in TensorFlow's operations, on the variables inside the layers.

Expected: little; a compiled step calls no layer. What is left is graph: Keras adds a bias by broadcasting (`Add`, where
TensorFlow has `BiasAdd`), and its loss casts integer labels to float and back.
Source: keras/src/layers/convolutional/base_conv.py (`call`), keras/src/losses/loss.py (`__call__`).
"""

import tensorflow as tf

from lenet.variants.rungs.keras_loop import LeNet as Parent
from lenet.variants.tensorflow_function import network


class LeNet(Parent):
    """A Keras model's optimizer, a TensorFlow program's network."""

    def step(self, images, labels):
        parameters = [variable.value for variable in self.model.trainable_variables]
        with tf.GradientTape() as tape:
            logits = network(dict(zip(self.names, parameters)), images)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
        self.model.optimizer.apply_gradients(zip(tape.gradient(loss, parameters), parameters))
        return loss
