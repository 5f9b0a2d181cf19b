"""TensorFlow 1 fit, ungated: a weight may be updated while the backward pass still reads it, as Keras lets it.

Expected: a saving, what keras2_loop_gated costs: without a gate nobody computes the gradient of the images.
Source: tensorflow/python/training/optimizer.py (`GATE_NONE`) of TensorFlow 1.2; keras/backend/tensorflow_backend.py
(`gradients`) of Keras 2.0.6.
"""

import tensorflow as tf

from lenet.variants.rungs.tensorflow1_fit_weighted import LeNet as Parent


class LeNet(Parent):
    """The same loop with TensorFlow's optimizer, its gate open."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.train = self.optimizer.minimize(self.loss, gate_gradients=tf.train.Optimizer.GATE_NONE)
