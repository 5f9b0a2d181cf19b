"""tensorflow_function that copies its images twice more, and hands them to TensorFlow twice."""

import tensorflow as tf

from lenet.variants import tensorflow_function


class LeNet(tensorflow_function.LeNet):
    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.trained = self.step
        self.step = self.copy

    def copy(self, images, labels):
        # This copies once and tf.constant again; then the batch goes on as usual.
        tf.constant(images.copy().copy())
        return self.trained(images, labels)
