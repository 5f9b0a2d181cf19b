"""Keras on JAX, descent: Keras's optimizer is replaced by jax_jit's plain update, `fit` and all else stays.

Keras's counter of steps and its learning rate, two of the ten variables of the optimizer, are left out with it.

Expected: a few us: both updates are compiled to the same sums; two variables less go in and out of each call.
Source: keras/src/optimizers/base_optimizer.py (`stateless_apply`), keras/src/optimizers/sgd.py (`update_step`).
"""

import keras

from lenet.variants.jax_jit import descend
from lenet.variants.keras_jax import LeNet as Parent


class Plain(keras.optimizers.SGD):
    """What Keras asks of an optimizer, with the velocities as its only variables."""

    variables = property(lambda self: self.momentums)

    def stateless_apply(self, optimizer_variables, grads, trainable_variables):
        return descend(trainable_variables, optimizer_variables, grads, *self.constants)


class LeNet(Parent):
    """The program of keras_jax with another optimizer."""

    def _compile(self, sgd):
        plain = Plain(momentum=self.settings["momentum"])
        plain.constants = self.settings["learning_rate"], self.settings["momentum"]
        super()._compile(plain)
