"""Mistakes that programs make again and again, each as the reference with this one thing otherwise.

A program that fails its exam is compared with them: the one whose weights it has is its mistake.
"""

from __future__ import annotations

import numpy as np

from lenet.analysis.exam.network import (
    Array,
    Arrays,
    Network,
    Program,
    entropy_of_softmax,
    mean,
    spread,
)


class NoMomentum(Program):
    """Each update forgets the one before."""

    def change(self, v: Array, g: Array) -> Array:
        return -self.settings["learning_rate"] * g


class Nesterov(Program):
    """Looks ahead by one step of momentum."""

    def change(self, v: Array, g: Array) -> Array:
        moved = super().change(v, g)
        return self.settings["momentum"] * moved - self.settings["learning_rate"] * g


class UnitGain(Program):
    """The gradient enters the momentum damped, as in CNTK in 2017."""

    def change(self, v: Array, g: Array) -> Array:
        return super().change(v, g * (1 - self.settings["momentum"]))


class Dampened(Program):
    """Each gradient but the first enters the momentum damped, as by PyTorch's `dampening`."""

    by: float | None = None
    """None: by as much as the momentum."""

    def change(self, v: Array, g: Array) -> Array:
        by = self.settings["momentum"] if self.by is None else self.by
        return super().change(v, g * (1 - by) if self.trained > 1 else g)


class LossSum(Program):
    """Each gradient is summed over the batch."""

    def change(self, v: Array, g: Array) -> Array:
        return super().change(v, g * self.settings["batch_size"])


class MeanTwice(Program):
    """Each gradient is divided by the batch size once more."""

    def change(self, v: Array, g: Array) -> Array:
        return super().change(v, g / self.settings["batch_size"])


class Uphill(Program):
    """The gradient has the wrong sign."""

    def change(self, v: Array, g: Array) -> Array:
        return super().change(v, -g)


class Adam(Program):
    """Another optimizer, with the constants that Keras and PyTorch give it."""

    def __init__(self, weights: Arrays, settings: Arrays) -> None:
        super().__init__(weights, settings)
        self.squares: dict[int, Array] = {}

    def change(self, v: Array, g: Array) -> Array:
        square = self.squares.setdefault(id(v), np.zeros_like(v))
        v += 0.1 * (g - v)
        square += 0.001 * (g**2 - square)
        moved, size = v / (1 - 0.9**self.trained), square / (1 - 0.999**self.trained)
        return -self.settings["learning_rate"] * moved / (np.sqrt(size) + 1e-7)


class MissesTheLast(Program):
    """The last of the exam's 20 batches is not trained."""

    def step(self, images: Array, labels: Array) -> float:
        return super().step(images, labels) if self.trained < 19 else 0.0


class AveragePooling(Program):
    """The mean of a window, not its largest pixel."""

    network = Network(pool=mean, unpool=spread)


class ReLU(Program):
    """Rectified, not tanh."""

    network = Network(lambda x: np.maximum(x, 0), lambda y: y > 0)


class Sigmoid(Program):
    """Logistic, not tanh."""

    network = Network(lambda x: 1 / (1 + np.exp(-x)), lambda y: y * (1 - y))


class Linear(Program):
    """No activation at all."""

    network = Network(lambda x: x, np.ones_like)


class SoftmaxTwice(Program):
    """The loss takes probabilities for logits."""

    network = Network(loss=entropy_of_softmax)


class Smoothed(Program):
    """Labels smoothed by the usual amount."""

    smoothing = 0.1


class By255(Program):
    """Pixels from 0 to 1."""

    def picture(self, images: Array) -> Array:
        return images * (256 / 255)


class Undivided(Program):
    """Pixels from 0 to 255."""

    def picture(self, images: Array) -> Array:
        return images * 256


class Normalized(Program):
    """Pixels less MNIST's mean, over its deviation, as in PyTorch's examples."""

    def picture(self, images: Array) -> Array:
        return (images * (256 / 255) - 0.1307) / 0.3081


class Centred(Program):
    """Pixels from -1 to 1."""

    def picture(self, images: Array) -> Array:
        return images * (512 / 255) - 1


class OnTheirSide(Program):
    """Rows and columns of the images exchanged."""

    def picture(self, images: Array) -> Array:
        return images.transpose(0, 2, 1, 3)


class Flipped(Program):
    """Kernels turned: a convolution as mathematics has it."""

    def order(self, array: Array) -> Array:
        return array[::-1, ::-1]


class Exchanged(Program):
    """Rows and columns of kernels exchanged."""

    def order(self, array: Array) -> Array:
        return array.transpose(1, 0, 2, 3)


class Reshaped(Program):
    """Kernels forced into the shape that PyTorch wants, (out, in, rows, columns) or (out, in), where
    they should be transposed."""

    def order(self, array: Array) -> Array:
        if array.ndim == 2:
            return array.reshape(array.shape[::-1]).T
        rows, columns, read, written = array.shape
        return array.reshape(written, read, rows, columns).transpose(2, 3, 1, 0)


class ChannelsFirst(Program):
    """Flattened by (channel, row, column)."""

    names = ("dense1_kernel",)

    def order(self, array: Array) -> Array:
        return array.reshape(50, 4, 4, 500).transpose(1, 2, 0, 3).reshape(800, 500)


def _dampened(by: float) -> type[Program]:
    return type("Dampened", (Dampened,), {"by": by})


def _of_kernels(
    kind: type[Program], words: str, first: str = "conv1_kernel", second: str = "conv2_kernel"
) -> dict[str, type[Program]]:
    """The mistake in either of two layers, and in both."""
    chosen: tuple[tuple[str, ...], ...] = (first,), (second,), (first, second)
    return {words.format(" and ".join(names)): type(kind.__name__, (kind,), {"names": names}) for names in chosen}


KNOWN: dict[str, type[Program]] = {
    "no momentum": NoMomentum,
    "Nesterov's momentum, not the classical one": Nesterov,
    "a momentum that damps the gradient (unit gain)": UnitGain,
    "a momentum that damps all gradients but the first by as much as the momentum (dampening)": Dampened,
    **{f"a momentum that damps all gradients but the first by {by} (dampening)": _dampened(by) for by in (0.1, 0.5)},
    "a loss that is the sum over the batch, not the mean": LossSum,
    "a loss that is divided by the batch size twice": MeanTwice,
    "a gradient of the wrong sign": Uphill,
    "the Adam optimizer, not SGD": Adam,
    "the last batch left out": MissesTheLast,
    "the mean of each pooling window, not its maximum": AveragePooling,
    "ReLU, not tanh": ReLU,
    "the logistic function, not tanh": Sigmoid,
    "no activation function": Linear,
    "softmax applied twice": SoftmaxTwice,
    "labels smoothed by 0.1": Smoothed,
    "pixels divided by 255, not by 256": By255,
    "pixels from 0 to 255": Undivided,
    "pixels normalized by MNIST's mean and deviation": Normalized,
    "pixels from -1 to 1": Centred,
    "rows and columns of the images exchanged": OnTheirSide,
    **_of_kernels(Flipped, "{} turned by 180 degrees (a true convolution)"),
    **_of_kernels(Exchanged, "rows and columns of {} exchanged"),
    **_of_kernels(Reshaped, "{} reshaped, not transposed"),
    **_of_kernels(Reshaped, "{} reshaped, not transposed", "dense1_kernel", "dense2_kernel"),
    "dense1_kernel taken in the order channel, row, column": ChannelsFirst,
}
"""The programs by their mistake, in words that end 'It computes like a program with ...'."""
