"""The reference with one mistake each, such as real programs have made."""

from __future__ import annotations

from typing import Any

import numpy as np

from lenet.variants import numpy_reference
from lenet.variants.numpy_reference import cross_entropy, gradients

Arrays = dict[str, Any]


class LearningRate(numpy_reference.LeNet):
    """The learning rate is one per cent too high."""

    def __init__(self, weights: Arrays, settings: Arrays) -> None:
        super().__init__(weights, {**settings, "learning_rate": settings["learning_rate"] * 1.01})


class DeafToSettings(numpy_reference.LeNet):
    """The learning rate is always the issue's, whatever the settings say."""

    def __init__(self, weights: Arrays, settings: Arrays) -> None:
        super().__init__(weights, {**settings, "learning_rate": 0.01})


class MissesABatch(numpy_reference.LeNet):
    """The last batch is left out."""

    left = 19

    def step(self, images: Any, labels: Any) -> Any:
        self.left -= 1
        return super().step(images, labels) if self.left >= 0 else 0.0


class Update(numpy_reference.LeNet):
    """Base of the classes with a wrong gradient or update."""

    def gradient(self, images: Any, labels: Any) -> Arrays:
        result: Arrays = gradients(self.parameters, images, labels)[1]
        return result

    def change(self, v: Any, g: Any, rate: float, momentum: float) -> Any:
        v *= momentum
        v -= rate * g
        return v

    def step(self, images: Any, labels: Any) -> Any:
        gradient = self.gradient(images, labels)
        for name, v in self.velocity.items():
            rate, momentum = self.settings["learning_rate"], self.settings["momentum"]
            self.parameters[name] += self.change(v, gradient[name], rate, momentum)
        return 0.0


class LossSum(Update):
    """The loss is summed over the batch, not averaged."""

    def gradient(self, images: Any, labels: Any) -> Arrays:
        return {name: array * len(images) for name, array in super().gradient(images, labels).items()}


class DroppedBias(Update):
    """The bias of conv2 is never updated."""

    def gradient(self, images: Any, labels: Any) -> Arrays:
        return {**super().gradient(images, labels), "conv2_bias": np.zeros(50)}


class Nesterov(Update):
    def change(self, v: Any, g: Any, rate: float, momentum: float) -> Any:
        return momentum * super().change(v, g, rate, momentum) - rate * g


class UnitGain(Update):
    """The gradient enters the momentum damped, as was CNTK's default in 2017."""

    def change(self, v: Any, g: Any, rate: float, momentum: float) -> Any:
        return super().change(v, g, rate * (1 - momentum), momentum)


class SoftmaxTwice(numpy_reference.LeNet):
    """The loss takes probabilities for logits."""

    def step(self, images: Any, labels: Any) -> Any:
        original = numpy_reference.cross_entropy
        numpy_reference.cross_entropy = _twice
        try:
            return super().step(images, labels)
        finally:
            numpy_reference.cross_entropy = original


def _twice(logits: Any, labels: Any) -> tuple[float, Any]:
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss, d = cross_entropy(p, labels)
    return loss, p * (d - (d * p).sum(axis=1, keepdims=True))


class Rearranged(numpy_reference.LeNet):
    """Base of the classes that read a weight in a wrong order and return it in the same order."""

    name = ""

    def __init__(self, weights: Arrays, settings: Arrays) -> None:
        super().__init__({**weights, self.name: self.rearrange(weights[self.name])}, settings)

    def rearrange(self, array: Any) -> Any:
        raise NotImplementedError

    def weights(self) -> Arrays:
        weights: Arrays = super().weights()
        original = np.arange(weights[self.name].size).reshape(weights[self.name].shape)
        result = np.empty(original.size, np.float32)
        result[self.rearrange(original).ravel()] = weights[self.name].ravel()
        return {**weights, self.name: result.reshape(original.shape)}


class FlippedKernels(Rearranged):
    """A mathematical convolution instead of the cross-correlation of neural networks."""

    name = "conv2_kernel"

    def rearrange(self, array: Any) -> Any:
        return array[::-1, ::-1]


class FlattenOrder(Rearranged):
    """The images are flattened by (channel, row, column)."""

    name = "dense1_kernel"

    def rearrange(self, array: Any) -> Any:
        return array.reshape(50, 4, 4, 500).transpose(1, 2, 0, 3).reshape(800, 500)


class KernelAxes(Rearranged):
    """Rows and columns of the kernel are exchanged."""

    name = "conv1_kernel"

    def rearrange(self, array: Any) -> Any:
        return array.transpose(1, 0, 2, 3)


class ScrambledDense(Rearranged):
    """The weight is transposed, then forced into its shape."""

    name = "dense2_kernel"

    def rearrange(self, array: Any) -> Any:
        return array.T.reshape(array.shape)


class TransposedDense(numpy_reference.LeNet):
    """The weight is returned as (out, in)."""

    def weights(self) -> Arrays:
        weights: Arrays = super().weights()
        return {**weights, "dense2_kernel": weights["dense2_kernel"].T}


MISTAKES: tuple[type[numpy_reference.LeNet], ...] = (
    LearningRate, DeafToSettings, MissesABatch, LossSum, DroppedBias, Nesterov, UnitGain, SoftmaxTwice,
    FlippedKernels, FlattenOrder, KernelAxes, ScrambledDense, TransposedDense,
)  # fmt: skip


class DividesByEight(Update):
    """The sum over the batch is divided by eight, whatever the batch size."""

    def gradient(self, images: Any, labels: Any) -> Arrays:
        return {name: array * len(images) / 8 for name, array in super().gradient(images, labels).items()}


class DropsBeyondTheEighth(Update):
    """Only the first eight images of a batch are trained."""

    def gradient(self, images: Any, labels: Any) -> Arrays:
        return super().gradient(images[:8], labels[:8])


class LeavesOutTheLast(Update):
    """The last image of a batch of 128 is left out."""

    def gradient(self, images: Any, labels: Any) -> Arrays:
        kept = 127 if len(images) == 128 else len(images)
        return super().gradient(images[:kept], labels[:kept])


class TrainsTheFirstHalf(Update):
    """A batch of more than 16 images is trained by its first half."""

    def gradient(self, images: Any, labels: Any) -> Arrays:
        kept = len(images) // 2 if len(images) > 16 else len(images)
        return super().gradient(images[:kept], labels[:kept])


OF_LARGE_BATCHES: tuple[tuple[type[numpy_reference.LeNet], int], ...] = (
    (DividesByEight, 32), (DropsBeyondTheEighth, 9), (LeavesOutTheLast, 128), (TrainsTheFirstHalf, 128),
)  # fmt: skip
"""Programs that are right with small batches only, and a batch size with which each is wrong."""
