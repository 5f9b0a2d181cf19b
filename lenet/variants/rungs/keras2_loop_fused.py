"""Keras 2 loop, fused: TensorFlow's momentum optimizer, one operation for each of the eight weights.

Keras's SGD takes six: two products, a difference, a sum and two assignments.

Expected: 100 us per batch and more.
Source: keras/optimizers.py (`SGD`) of Keras 2.0.6; keras-team/keras #7818.
"""

import tensorflow as tf

from lenet.variants.rungs.keras2_loop_gated import LeNet as Parent


class LeNet(Parent):
    """The same loop with TensorFlow's optimizer.

    From here to tensorflow1_graph only Keras's layers go, which is four operations: Flatten computes its shape.
    """

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        optimizer = tf.train.MomentumOptimizer(settings["learning_rate"], settings["momentum"])
        loss = self.model.model.total_loss
        self.fetches = [loss, optimizer.minimize(loss, var_list=self.model.trainable_weights)]

    def _fetches(self):
        return self.fetches
