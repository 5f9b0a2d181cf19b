"""TensorFlow 1 fit, accuracy: computed and fetched for every batch.

Expected: tens of us per batch, what keras2_loop_no_accuracy saves.
Source: keras/metrics.py of Keras 2.0.6.
"""

import tensorflow as tf

from lenet.variants.rungs.tensorflow1_fit import LeNet as Parent


class LeNet(Parent):
    """The same loop with one more output."""

    def _outputs(self):
        return {**super()._outputs(), "acc": tf.reduce_mean(tf.cast(self._hits(), tf.float32))}

    def _hits(self):
        return tf.equal(tf.argmax(self.logits, axis=-1), tf.cast(self.labels, tf.int64))
