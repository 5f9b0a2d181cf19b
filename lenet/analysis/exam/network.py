"""A program in float64 from parts that can be replaced: activation, pooling, loss, update.

As it stands it computes what the NumPy reference computes; `mistakes` replaces a part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lenet.variants.numpy_reference import LeNet, corners, patches, unpatch, unpool

Array = Any
Arrays = dict[str, Array]


def largest(x: Array) -> Array:
    """The largest pixel of each 2x2 window."""
    return np.maximum.reduce(corners(x))


def mean(x: Array) -> Array:
    """The mean of each 2x2 window."""
    return np.mean(corners(x), axis=0)


def spread(x: Array, gradient: Array) -> Array:
    """A quarter of each window's gradient for each of its pixels."""
    result = np.zeros_like(x)
    for corner in corners(result):
        corner[...] = gradient / 4
    return result


def softmax(logits: Array) -> Array:
    """Probabilities, a row per image."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def cross_entropy(logits: Array, truth: Array) -> Array:
    """The gradient of the mean loss with respect to the logits. truth: probabilities of the
    digits, of the logits' shape."""
    return (softmax(logits) - truth) / len(logits)


def entropy_of_softmax(logits: Array, truth: Array) -> Array:
    """The same gradient where the loss takes probabilities for logits."""
    p = softmax(logits)
    d = cross_entropy(p, truth)
    return p * (d - (d * p).sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Network:
    """The parts of LeNet. slope: the activation's derivative, from its output."""

    activation: Callable[[Array], Array] = np.tanh
    slope: Callable[[Array], Array] = lambda y: 1 - y**2
    pool: Callable[[Array], Array] = largest
    unpool: Callable[[Array, Array], Array] = unpool
    loss: Callable[[Array, Array], Array] = cross_entropy

    def gradients(self, w: Arrays, images: Array, truth: Array) -> Arrays:
        """The gradient of the batch's loss for every weight."""
        rows1 = patches(images)
        conv1 = self._layer(w, "conv1", rows1).reshape(-1, 24, 24, 20)
        rows2 = patches(self.pool(conv1))
        conv2 = self._layer(w, "conv2", rows2).reshape(-1, 8, 8, 50)
        flat = self.pool(conv2).reshape(-1, 800)
        dense1 = self._layer(w, "dense1", flat)
        d = {"dense2": self.loss(dense1 @ w["dense2_kernel"] + w["dense2_bias"], truth)}
        d["dense1"] = d["dense2"] @ w["dense2_kernel"].T * self.slope(dense1)
        pooled = (d["dense1"] @ w["dense1_kernel"].T).reshape(-1, 4, 4, 50)
        d["conv2"] = (self.unpool(conv2, pooled) * self.slope(conv2)).reshape(-1, 50)
        pooled = unpatch(d["conv2"] @ w["conv2_kernel"].reshape(500, 50).T)
        d["conv1"] = (self.unpool(conv1, pooled) * self.slope(conv1)).reshape(-1, 20)
        return _of_weights(w, d, {"conv1": rows1, "conv2": rows2, "dense1": flat, "dense2": dense1})

    def _layer(self, w: Arrays, name: str, rows: Array) -> Array:
        kernel = w[f"{name}_kernel"]
        return self.activation(rows @ kernel.reshape(-1, kernel.shape[-1]) + w[f"{name}_bias"])


def _of_weights(w: Arrays, outputs: Arrays, inputs: Arrays) -> Arrays:
    kernels = {f"{name}_kernel": inputs[name].T @ d for name, d in outputs.items()}
    biases = {f"{name}_bias": d.sum(axis=0) for name, d in outputs.items()}
    return {name: g.reshape(w[name].shape) for name, g in (kernels | biases).items()}


class Program(LeNet):  # type: ignore[misc]
    """The reference in parts; a subclass replaces one of them."""

    network = Network()
    names: tuple[str, ...] = ()
    """The weights that it takes in a wrong order."""
    smoothing = 0.0
    trained = 0

    def __init__(self, weights: Arrays, settings: Arrays) -> None:
        taken = {name: self.order(weights[name]) for name in self.names}
        super().__init__({**weights, **taken}, settings)

    def order(self, array: Array) -> Array:
        """A weight in this program's order."""
        return array

    def picture(self, images: Array) -> Array:
        """Images with this program's pixels."""
        return images

    def change(self, v: Array, g: Array) -> Array:
        """The addition to a weight. v: its velocity, which changes in place; g: its gradient."""
        v *= self.settings["momentum"]
        v -= self.settings["learning_rate"] * g
        return v

    def step(self, images: Array, labels: Array) -> float:
        """Train a batch."""
        self.trained += 1
        truth = np.eye(10)[labels] * (1 - self.smoothing) + self.smoothing / 10
        found = self.network.gradients(self.parameters, self.picture(images), truth)
        for name, v in self.velocity.items():
            self.parameters[name] += self.change(v, found[name])
        return 0.0

    def weights(self) -> Arrays:
        """The weights, put back into the order in which they were given."""
        found: Arrays = super().weights()
        return {**found, **{name: self._put_back(found[name]) for name in self.names}}

    def _put_back(self, array: Array) -> Array:
        places = self.order(np.arange(array.size).reshape(array.shape))
        result = np.empty(array.size, array.dtype)
        result[places.ravel()] = array.ravel()
        return result.reshape(array.shape)
