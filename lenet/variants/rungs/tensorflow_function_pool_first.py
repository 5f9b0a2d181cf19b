"""TensorFlow bare function, pooling first: bias and tanh come after the pooling, on a quarter of the numbers.

Both rise with what they are given, so the maximum of the results is the result of the maximum: the same network.

Expected: tens of us per batch of 8: tanh of 11,000 numbers less an image, and gradients through them.
Source: the arithmetic; no compiler does it by itself.
"""

import tensorflow as tf

from lenet.variants.tensorflow_function import LeNet as Parent


def network(w, images):
    """Logits (n, 10) for images (n, 28, 28, 1)."""
    conv1 = tf.nn.max_pool2d(tf.nn.conv2d(images, w["conv1_kernel"], 1, "VALID"), 2, 2, "VALID")
    pool1 = tf.tanh(tf.nn.bias_add(conv1, w["conv1_bias"]))
    conv2 = tf.nn.max_pool2d(tf.nn.conv2d(pool1, w["conv2_kernel"], 1, "VALID"), 2, 2, "VALID")
    flat = tf.reshape(tf.tanh(tf.nn.bias_add(conv2, w["conv2_bias"])), [-1, 800])
    dense1 = tf.tanh(tf.nn.bias_add(tf.matmul(flat, w["dense1_kernel"]), w["dense1_bias"]))
    return tf.nn.bias_add(tf.matmul(dense1, w["dense2_kernel"]), w["dense2_bias"])


class LeNet(Parent):
    """The network in another order."""

    def _network(self, images):
        return network(self.parameters, images)
