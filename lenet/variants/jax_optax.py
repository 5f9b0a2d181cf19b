"""JAX with Optax: a network in plain JAX and one jitted step, as Optax's 'Getting started' writes it."""

import jax
import jax.numpy as jnp
import optax
from jax import lax


def convolve(images, kernel):
    return lax.conv_general_dilated(images, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def max_pool(images):
    return lax.reduce_window(images, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def network(w, images):
    """Logits (n, 10) for images (n, 28, 28, 1)."""
    pool1 = max_pool(jnp.tanh(convolve(images, w["conv1_kernel"]) + w["conv1_bias"]))
    pool2 = max_pool(jnp.tanh(convolve(pool1, w["conv2_kernel"]) + w["conv2_bias"]))
    dense1 = jnp.tanh(pool2.reshape(-1, 800) @ w["dense1_kernel"] + w["dense1_bias"])
    return dense1 @ w["dense2_kernel"] + w["dense2_bias"]


def cross_entropy(w, images, labels):
    return optax.softmax_cross_entropy_with_integer_labels(network(w, images), labels).mean()


def train_step(optimizer):
    """The compiled function from weights, optimizer's state and a batch to both after it, and the loss before it."""

    @jax.jit
    def step(w, state, images, labels):
        loss, gradient = jax.value_and_grad(cross_entropy)(w, images, labels)
        updates, state = optimizer.update(gradient, state, w)
        return optax.apply_updates(w, updates), state, loss

    return step


class LeNet:
    """One call of the compiled step per batch, which takes new memory for the new weights."""

    def __init__(self, weights, settings):
        # On a GPU products would round their factors to 10 bits.
        jax.config.update("jax_default_matmul_precision", "highest")
        self.threads = settings["threads"]
        self.parameters = jax.tree.map(jnp.array, weights)
        optimizer = optax.sgd(settings["learning_rate"], settings["momentum"])
        self.state = optimizer.init(self.parameters)
        self.train_step = train_step(optimizer)

    def step(self, images, labels):
        self.parameters, self.state, loss = self.train_step(self.parameters, self.state, images, labels)
        return loss

    def wait(self, loss):
        # The call returns before its work is done, on the CPU too. All its results become ready together.
        return float(loss)

    def weights(self):
        return jax.device_get(self.parameters)

    def facts(self):
        return {
            "device": self.parameters["dense1_kernel"].device.platform,
            # XLA takes its threads from the worker's environment (NPROC) and cannot say how many it took.
            "threads": self.threads,
            "jit": True,
            "layout": "channels_last",
            "dtype": str(self.parameters["dense1_kernel"].dtype),
            "version": optax.__version__,
            "matmul_precision": jax.config.jax_default_matmul_precision,
        }
