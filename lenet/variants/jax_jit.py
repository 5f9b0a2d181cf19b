"""JAX by hand: network, loss and SGD of JAX's own functions, one update a pure function through `jax.jit`."""

from functools import partial

import jax
import jax.numpy as jnp
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


def cross_entropy(logits, labels):
    log_p = jax.nn.log_softmax(logits)
    return -jnp.take_along_axis(log_p, labels[:, None], axis=1).mean()


def descend(w, velocity, gradient, learning_rate, momentum):
    velocity = jax.tree.map(lambda v, g: momentum * v - learning_rate * g, velocity, gradient)
    return jax.tree.map(jnp.add, w, velocity), velocity


def update(network, w, velocity, images, labels, learning_rate, momentum):
    """The weights and velocity after one batch, and its loss before it."""
    loss, gradient = jax.value_and_grad(lambda w: cross_entropy(network(w, images), labels))(w)
    w, velocity = descend(w, velocity, gradient, learning_rate, momentum)
    return w, velocity, loss


class LeNet:
    """One call of a compiled function per batch; it gives back new weights and takes the old ones' memory."""

    network = staticmethod(network)

    def __init__(self, weights, settings):
        # On a GPU products would round their factors to 10 bits.
        jax.config.update("jax_default_matmul_precision", "highest")
        self.threads = settings["threads"]
        self.parameters = jax.tree.map(jnp.array, weights)
        self.velocity = jax.tree.map(jnp.zeros_like, weights)
        constants = {"learning_rate": settings["learning_rate"], "momentum": settings["momentum"]}
        self.update = jax.jit(partial(update, self.network, **constants), donate_argnums=(0, 1))

    def step(self, images, labels):
        self.parameters, self.velocity, loss = self.update(self.parameters, self.velocity, images, labels)
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
            "version": jax.__version__,
            "matmul_precision": jax.config.jax_default_matmul_precision,
        }
