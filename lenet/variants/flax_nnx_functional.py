"""Flax NNX functional: flax_nnx with a pure step through `jax.jit`, as in Flax's guide to performance."""

import flax
import jax
import optax
from flax import nnx


class Network(nnx.Module):
    """Logits (n, 10) for images (n, 28, 28, 1)."""

    def __init__(self, rngs):
        self.conv1 = nnx.Conv(1, 20, (5, 5), padding="VALID", rngs=rngs)
        self.conv2 = nnx.Conv(20, 50, (5, 5), padding="VALID", rngs=rngs)
        self.dense1 = nnx.Linear(800, 500, rngs=rngs)
        self.dense2 = nnx.Linear(500, 10, rngs=rngs)

    def __call__(self, images):
        pool1 = nnx.max_pool(nnx.tanh(self.conv1(images)), (2, 2), strides=(2, 2))
        pool2 = nnx.max_pool(nnx.tanh(self.conv2(pool1)), (2, 2), strides=(2, 2))
        return self.dense2(nnx.tanh(self.dense1(pool2.reshape(-1, 800))))


def cross_entropy(model, images, labels):
    return optax.softmax_cross_entropy_with_integer_labels(model(images), labels).mean()


@jax.jit
def train_step(graph, state, images, labels):
    model, optimizer = nnx.merge(graph, state)
    loss, gradient = nnx.value_and_grad(cross_entropy)(model, images, labels)
    optimizer.update(model, gradient)
    return loss, nnx.state((model, optimizer))


class LeNet:
    """Model and optimizer are taken apart once; each batch replaces their arrays, and the compiled step joins them."""

    def __init__(self, weights, settings):
        # On a GPU products would round their factors to 10 bits.
        jax.config.update("jax_default_matmul_precision", "highest")
        self.names, self.threads = list(weights), settings["threads"]
        self.model = Network(nnx.Rngs(0))
        for name, array in weights.items():
            self._parameter(name)[...] = array
        sgd = optax.sgd(settings["learning_rate"], settings["momentum"])
        self.optimizer = nnx.Optimizer(self.model, sgd, wrt=nnx.Param)
        self.graph, self.state = nnx.split((self.model, self.optimizer))

    def _parameter(self, name):
        layer, kind = name.split("_")
        return getattr(getattr(self.model, layer), kind)

    def step(self, images, labels):
        loss, self.state = train_step(self.graph, self.state, images, labels)
        return loss

    def wait(self, loss):
        # The call returns before its work is done, on the CPU too. All its results become ready together.
        return float(loss)

    def weights(self):
        nnx.update((self.model, self.optimizer), self.state)
        return {name: jax.device_get(self._parameter(name)[...]) for name in self.names}

    def facts(self):
        kernel = self.model.dense1.kernel[...]
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
