"""JAX scan: the update of jax_jit for five batches a call, looped over by `lax.scan` inside the compiled function."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

# Four fifths of a call's cost are saved, and the clock sees where every fifth batch ends.
BATCHES_PER_CALL = 5


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
    log_p = jax.nn.log_softmax(network(w, images))
    return -jnp.take_along_axis(log_p, labels[:, None], axis=1).mean()


def update(state, batch, learning_rate, momentum):
    """The weights and velocity after one batch, and its loss before it."""
    (w, velocity), (images, labels) = state, batch
    loss, gradient = jax.value_and_grad(cross_entropy)(w, images, labels)
    velocity = jax.tree.map(lambda v, g: momentum * v - learning_rate * g, velocity, gradient)
    return (jax.tree.map(jnp.add, w, velocity), velocity), loss


class LeNet:
    """`lax.scan` carries weights and velocity from batch to batch; a shorter last call is compiled once more."""

    def __init__(self, weights, settings):
        # On a GPU products would round their factors to 10 bits.
        jax.config.update("jax_default_matmul_precision", "highest")
        self.settings = settings
        self.state = jax.tree.map(jnp.array, weights), jax.tree.map(jnp.zeros_like, weights)
        one = partial(update, learning_rate=settings["learning_rate"], momentum=settings["momentum"])
        self.updates = jax.jit(partial(lax.scan, one), donate_argnums=0)

    def fit(self, images, labels, epochs, tick, epoch_end):
        size = self.settings["batch_size"]
        images, labels = images.reshape(-1, size, 28, 28, 1), labels.reshape(-1, size)
        for _ in range(epochs):
            for first in range(0, len(images), BATCHES_PER_CALL):
                batches = slice(first, first + BATCHES_PER_CALL)
                self.state, losses = self.updates(self.state, (images[batches], labels[batches]))
                tick(losses, len(losses))
            epoch_end()

    def wait(self, loss):
        # The call returns before its work is done, on the CPU too. All its results become ready together.
        return float(loss[-1])

    def weights(self):
        return jax.device_get(self.state[0])

    def facts(self):
        return {
            "device": self.state[0]["dense1_kernel"].device.platform,
            # XLA takes its threads from the worker's environment (NPROC) and cannot say how many it took.
            "threads": self.settings["threads"],
            "jit": True,
            "layout": "channels_last",
            "dtype": str(self.state[0]["dense1_kernel"].dtype),
            "version": jax.__version__,
            "matmul_precision": jax.config.jax_default_matmul_precision,
        }
