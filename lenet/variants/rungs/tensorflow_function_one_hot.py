"""TensorFlow bare function, one-hot: labels as 10 floats each, made once before training, and the loss that takes them.

Expected: next to nothing, the arrays are small and both losses are one fused operation.
Source: keras/src/backend/tensorflow/nn.py (`categorical_crossentropy`, `sparse_categorical_crossentropy`).
"""

import keras
import tensorflow as tf

from lenet.variants.rungs.tensorflow_function_metrics import LeNet as Parent


class LeNet(Parent):
    """One-hot labels in the batch, the loss and the metric."""

    def _trace(self):
        self.accuracy = keras.metrics.CategoricalAccuracy()
        images = tf.TensorSpec([self.batch_size, 28, 28, 1], tf.float32)
        step = tf.function(self.step, input_signature=[images, tf.TensorSpec([self.batch_size, 10], tf.float32)])
        step.get_concrete_function()
        return step

    def fit(self, images, labels, epochs, tick, epoch_end):
        one_hot = keras.utils.to_categorical(labels, 10).astype("float32")
        super().fit(images, one_hot, epochs, tick, epoch_end)

    def _loss(self, labels, logits):
        return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits))
