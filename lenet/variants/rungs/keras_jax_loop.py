"""Keras on JAX, loop: a training loop of one's own instead of `fit`, as in Keras's guide for JAX.

The same layers, loss and optimizer, called statelessly in one compiled step. Left out with `fit`: its iterators, the
callbacks and the thread they run in, the running mean of the loss and its two variables. As in `fit` the step takes the
memory of the old state (the guide's does not).

Expected: 100 to 500 us per batch, all of it Python: callback threads take the interpreter from the loop.
Source: keras/src/backend/jax/trainer.py (`fit`, `train_step`), keras/src/callbacks/callback_list.py
(`_async_dispatch`, which starts more threads than there are cores).
"""

import jax

from lenet.variants.rungs.keras_jax_logits import LeNet as Parent


class LeNet(Parent):
    """One call of a compiled function per batch, around the Keras model."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        model, optimizer = self.model, self.model.optimizer
        optimizer.build(model.trainable_variables)
        parts = model.trainable_variables, model.non_trainable_variables, optimizer.variables
        # Copies: the compiled step takes their memory, and the model keeps its own.
        self.state = [[jax.numpy.array(variable.value) for variable in part] for part in parts]
        self.update = jax.jit(self._update, donate_argnums=0)

    def _loss(self, weights, fixed, images, labels):
        logits, fixed = self.model.stateless_call(weights, fixed, images, training=True)
        return self.model.loss(labels, logits), fixed

    def _update(self, state, images, labels):
        weights, fixed, slots = state
        (loss, fixed), gradient = jax.value_and_grad(self._loss, has_aux=True)(weights, fixed, images, labels)
        weights, slots = self.model.optimizer.stateless_apply(slots, gradient, weights)
        return [weights, fixed, slots], loss

    def step(self, images, labels):
        self.state, loss = self.update(self.state, images, labels)
        return loss

    def weights(self):
        return dict(zip(self.names, jax.device_get(self.state[0])))
