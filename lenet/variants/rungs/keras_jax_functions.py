"""Keras on JAX, functions: the layers and the loss are jax_jit's plain functions, the optimizer is still Keras's.

Expected: nothing. Keras's layers are Python that runs while the step is traced, once; what is compiled does the same
sums, but for a loss that makes its labels one-hot.
Source: keras/src/layers/layer.py (`__call__`), keras/src/backend/jax/nn.py; keras-team/keras #22561 says what the
layers cost where they are called on every batch.
"""

from lenet.variants.jax_jit import cross_entropy, network
from lenet.variants.rungs.keras_jax_loop import LeNet as Parent


class LeNet(Parent):
    """The weights in a dict, in place of a model's call."""

    def _loss(self, weights, fixed, images, labels):
        return cross_entropy(network(dict(zip(self.names, weights)), images), labels), fixed
