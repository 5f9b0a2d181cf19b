"""Keras 2 loop, gated: no weight is updated before every gradient that reads it is there, as in TensorFlow's optimizer.

Keras asks for gradients without a gate, so an update may run while the backward pass still needs the old weight: from
here on that race is over. Keras's order is not only wrong, it is cheaper: a gate makes TensorFlow compute the gradient
of the images too, which nobody uses (one `Conv2DBackpropInput` more).

Expected: no saving but a cost, which grows with the batch; the start does less here than the end.
Source: keras/backend/tensorflow_backend.py (`gradients`) of Keras 2.0.6, tensorflow/python/training/optimizer.py
(`GATE_OP`) and tensorflow/python/ops/gradients_impl.py (`gate_gradients`) of TensorFlow 1.2.
"""

import keras
import tensorflow as tf

from lenet.variants.rungs.keras2_loop_unweighted import LeNet as Parent


def gradients(loss, variables):
    """What Keras's own function of this name does, gated."""
    return tf.gradients(loss, variables, colocate_gradients_with_ops=True, gate_gradients=True)


class LeNet(Parent):
    """The same loop with gated gradients."""

    def _fetches(self):
        keras.backend.gradients = gradients
        return super()._fetches()
