"""Keras 2 loop, fused: TensorFlow's momentum optimizer, one operation for each of the eight weights.

Keras's SGD multiplies, subtracts, adds and assigns, some six operations for each. It also lets an update run while the
backward pass still reads the weight, which TensorFlow's optimizer holds back: that comes with it.

Expected: 100 us per batch and more.
Source: keras/optimizers.py (`SGD`) of Keras 2.0.6, tensorflow/python/training/optimizer.py (`GATE_OP`) of TensorFlow
1.2; keras-team/keras #7818.
"""

import tensorflow as tf

from lenet.variants.rungs.keras2_loop_unweighted import LeNet as Parent


class LeNet(Parent):
    """The same loop with TensorFlow's optimizer. From here to `tensorflow1_graph` only Keras's layers go."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        optimizer = tf.train.MomentumOptimizer(settings["learning_rate"], settings["momentum"])
        loss = self.model.model.total_loss
        self.fetches = [loss, optimizer.minimize(loss, var_list=self.model.trainable_weights)]

    def _fetches(self):
        return self.fetches
