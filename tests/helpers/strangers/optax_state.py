"""JAX with Optax: parameters in a tree, one jitted update that gives its buffers away."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax

VARIANT = {"title": "Optax", "packages": ["jax", "optax"], "stack": "jax", "written_as": "tutorial"}

DIMENSIONS = ("NHWC", "HWIO", "NHWC")


def pool(x):
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def loss_fn(p, images, labels):
    x = jax.lax.conv_general_dilated(images, p["conv1_kernel"], (1, 1), "VALID", dimension_numbers=DIMENSIONS)
    x = pool(jnp.tanh(x + p["conv1_bias"]))
    x = jax.lax.conv_general_dilated(x, p["conv2_kernel"], (1, 1), "VALID", dimension_numbers=DIMENSIONS)
    x = pool(jnp.tanh(x + p["conv2_bias"])).reshape(-1, 800)
    x = jnp.tanh(x @ p["dense1_kernel"] + p["dense1_bias"])
    logits = x @ p["dense2_kernel"] + p["dense2_bias"]
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


class LeNet:
    def __init__(self, weights, settings):
        self.params = jax.tree.map(jnp.asarray, dict(weights))
        self.tx = optax.sgd(settings["learning_rate"], settings["momentum"])
        self.state = self.tx.init(self.params)
        self.update = partial(jax.jit, donate_argnums=(0, 1))(self._update)

    def _update(self, params, state, images, labels):
        loss, gradients = jax.value_and_grad(loss_fn)(params, images, labels)
        updates, state = self.tx.update(gradients, state, params)
        return optax.apply_updates(params, updates), state, loss

    def step(self, images, labels):
        self.params, self.state, loss = self.update(self.params, self.state, images, labels)
        return loss

    def wait(self, loss):
        jax.block_until_ready(self.params)
        return float(loss)

    def weights(self):
        return {name: np.asarray(value) for name, value in self.params.items()}

    def facts(self):
        return {"device": "cpu", "devices": jax.devices(), "jit": np.bool_(True)}
