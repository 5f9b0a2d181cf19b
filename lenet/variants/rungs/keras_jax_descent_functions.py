"""Keras on JAX, descent and functions: layers and loss too are plain functions, in Keras's `fit`.

The functions are those of jax_jit_softmax, so that a softmax and one-hot labels stay. The model keeps the weights.

Expected: nothing: Keras's layers are Python that runs while the step is traced, once.
Source: keras/src/backend/jax/trainer.py (`compute_loss_and_updates`), keras/src/layers/layer.py (`stateless_call`).
"""

import jax

from lenet.variants.jax_jit import network
from lenet.variants.rungs.jax_jit_softmax import cross_entropy
from lenet.variants.rungs.keras_jax_descent import LeNet as Parent


class LeNet(Parent):
    """A model whose call and loss, as `fit` traces them, are not Keras's."""

    def _compile(self, sgd):
        super()._compile(sgd)
        self.model.stateless_call = self._call
        self.model.stateless_compute_loss = self._loss

    def _call(self, weights, fixed, images, **options):
        return jax.nn.softmax(network(dict(zip(self.names, weights)), images)), fixed, []

    def _loss(self, weights, fixed, metrics, x, y, y_pred, **options):
        return cross_entropy(y_pred, y), (weights, fixed, metrics)
