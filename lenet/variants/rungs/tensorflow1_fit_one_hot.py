"""TensorFlow 1 fit, one-hot: a label is a row of ten numbers, with Keras's cross-entropy for those.

Expected: tens of us per batch, more than keras2_loop_integers saves: here the loss is not one operation.
Source: keras/backend/tensorflow_backend.py (`categorical_crossentropy`) of Keras 2.0.6.
"""

import keras
import tensorflow as tf

from lenet.variants.rungs.tensorflow1_fit_softmax import LeNet as Parent


class LeNet(Parent):
    """The same loop with labels that Keras has made one-hot before training."""

    def _cross_entropy(self, probabilities):
        self.labels = tf.placeholder(tf.float32, [None, 10])
        return keras.losses.categorical_crossentropy(self.labels, probabilities)

    def _feeds(self, images, labels):
        return super()._feeds(images, keras.utils.to_categorical(labels, 10))

    def _hits(self):
        return tf.equal(tf.argmax(self.labels, axis=-1), tf.argmax(self.logits, axis=-1))
