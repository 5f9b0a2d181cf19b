"""Equinox: the training loop of its MNIST example, with Optax's SGD and one step through `eqx.filter_jit`."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax


class Network(eqx.Module):
    """Logarithms of probabilities (10,) for one image (1, 28, 28)."""

    layers: list

    def __init__(self, key):
        conv1 = [eqx.nn.Conv2d(1, 20, kernel_size=5, key=key), jnp.tanh, eqx.nn.MaxPool2d(kernel_size=2, stride=2)]
        conv2 = [eqx.nn.Conv2d(20, 50, kernel_size=5, key=key), jnp.tanh, eqx.nn.MaxPool2d(kernel_size=2, stride=2)]
        dense = [eqx.nn.Linear(800, 500, key=key), jnp.tanh, eqx.nn.Linear(500, 10, key=key), jax.nn.log_softmax]
        self.layers = [*conv1, *conv2, jnp.ravel, *dense]

    def __call__(self, image):
        for layer in self.layers:
            image = layer(image)
        return image


def cross_entropy(model, images, labels):
    return -jnp.take_along_axis(jax.vmap(model)(images), labels[:, None], axis=1).mean()


def to_equinox(array, parameter):
    """Kernels become (out, in, height, width) and dense weights (out, in); dense1 reads (50, 4, 4), not (4, 4, 50)."""
    if len(array) == 800:
        array = array.reshape(4, 4, 50, 500).transpose(2, 0, 1, 3).reshape(800, 500)
    return jnp.reshape(array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T, parameter.shape)


def from_equinox(parameter):
    """The way back. A convolution's bias is (out, 1, 1) there."""
    array = jax.device_get(parameter)
    array = array.transpose(2, 3, 1, 0) if array.ndim == 4 else array.squeeze().T
    return array.reshape(50, 4, 4, 500).transpose(1, 2, 0, 3).reshape(800, 500) if len(array) == 800 else array


class LeNet:
    """The model is a tree of arrays and functions; a step looks for the arrays, and gives back a new tree."""

    def __init__(self, weights, settings):
        # On a GPU products would round their factors to 10 bits.
        jax.config.update("jax_default_matmul_precision", "highest")
        self.names, self.threads = list(weights), settings["threads"]
        arrays, functions = eqx.partition(Network(jax.random.key(0)), eqx.is_array)
        arrays = jax.tree.map(to_equinox, jax.tree.unflatten(jax.tree.structure(arrays), weights.values()), arrays)
        self.model = eqx.combine(arrays, functions)
        optimizer = optax.sgd(settings["learning_rate"], settings["momentum"])
        self.state = optimizer.init(arrays)

        @eqx.filter_jit
        def make_step(model, state, images, labels):
            loss, gradient = eqx.filter_value_and_grad(cross_entropy)(model, images, labels)
            updates, state = optimizer.update(gradient, state, eqx.filter(model, eqx.is_array))
            return eqx.apply_updates(model, updates), state, loss

        self.make_step = make_step

    def step(self, images, labels):
        self.model, self.state, loss = self.make_step(self.model, self.state, images.reshape(-1, 1, 28, 28), labels)
        return loss

    def wait(self, loss):
        # The call returns before its work is done, on the CPU too. All its results become ready together.
        return float(loss)

    def weights(self):
        arrays = jax.tree.leaves(eqx.filter(self.model, eqx.is_array))
        return dict(zip(self.names, map(from_equinox, arrays)))

    def facts(self):
        kernel = self.model.layers[-2].weight
        return {
            "device": kernel.device.platform,
            # XLA takes its threads from the worker's environment (NPROC) and cannot say how many it took.
            "threads": self.threads,
            "jit": True,
            "layout": "channels_first",
            "dtype": str(kernel.dtype),
            "version": eqx.__version__,
            "matmul_precision": jax.config.jax_default_matmul_precision,
        }
