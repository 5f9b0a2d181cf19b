"""TensorFlow bare function, XLA: the five steps compiled by XLA as a whole (`jit_compile=True`).

Expected: faster on a GPU, where it saves launches; slower on a CPU, where its convolutions are.
Source: keras/src/trainers/trainer.py (`_resolve_auto_jit_compile`: off on a CPU); keras-team/keras #19953.
"""

import tensorflow as tf

from lenet.variants.rungs.tensorflow_function_five import LeNet as Parent


class LeNet(Parent):
    """The function of the parent, compiled."""

    def _trace(self):
        return tf.function(self.step, jit_compile=True)
