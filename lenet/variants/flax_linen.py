"""Flax Linen: the training step of its quick start, a `TrainState` with Optax's SGD through `jax.jit`."""

import flax
import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax.training.train_state import TrainState


class Network(nn.Module):
    """Logits (n, 10) for images (n, 28, 28, 1)."""

    @nn.compact
    def __call__(self, images):
        conv1 = nn.tanh(nn.Conv(20, (5, 5), padding="VALID", name="conv1")(images))
        pool1 = nn.max_pool(conv1, (2, 2), strides=(2, 2))
        conv2 = nn.tanh(nn.Conv(50, (5, 5), padding="VALID", name="conv2")(pool1))
        pool2 = nn.max_pool(conv2, (2, 2), strides=(2, 2))
        dense1 = nn.tanh(nn.Dense(500, name="dense1")(pool2.reshape(-1, 800)))
        return nn.Dense(10, name="dense2")(dense1)


@jax.jit
def train_step(state, images, labels):
    def cross_entropy(w):
        logits = state.apply_fn({"params": w}, images)
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

    loss, gradient = jax.value_and_grad(cross_entropy)(state.params)
    return state.apply_gradients(grads=gradient), loss


class LeNet:
    """The network holds no weights: they are in a state beside it, which each step replaces by a new one."""

    def __init__(self, weights, settings):
        # On a GPU products would round their factors to 10 bits.
        jax.config.update("jax_default_matmul_precision", "highest")
        self.places, self.threads = {name: name.split("_") for name in weights}, settings["threads"]
        parameters = {layer: {} for layer, _ in self.places.values()}
        for name, (layer, kind) in self.places.items():
            parameters[layer][kind] = jnp.array(weights[name])
        sgd = optax.sgd(settings["learning_rate"], settings["momentum"])
        self.state = TrainState.create(apply_fn=Network().apply, params=parameters, tx=sgd)

    def step(self, images, labels):
        self.state, loss = train_step(self.state, images, labels)
        return loss

    def wait(self, loss):
        # The call returns before its work is done, on the CPU too. All its results become ready together.
        return float(loss)

    def weights(self):
        parameters = jax.device_get(self.state.params)
        return {name: parameters[layer][kind] for name, (layer, kind) in self.places.items()}

    def facts(self):
        kernel = self.state.params["dense1"]["kernel"]
        return {
            "device": kernel.device.platform,
            # XLA takes its threads from the worker's environment (NPROC) and cannot say how many it took.
            "threads": self.threads,
            "jit": True,
            "layout": "channels_last",
            "dtype": str(kernel.dtype),
            "version": flax.__version__,
            "matmul_precision": jax.config.jax_default_matmul_precision,
        }
