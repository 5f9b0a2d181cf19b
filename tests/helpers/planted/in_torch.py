"""Mistakes as a PyTorch user makes them, one line each, and a process that lets all of them sit an exam:
`python -m tests.helpers.planted.in_torch FOLDER` trains what `FOLDER/NAME.npz` hold, and leaves `KIND-NAME.npz`."""

import os
import sys

import numpy as np
import torch
from torch import nn

from lenet.variants import pytorch_eager
from lenet.variants.pytorch_eager import from_torch, to_torch
from lenet.worker.clock import read


class Right(pytorch_eager.LeNet):
    """As it should be."""


class Optimizer(Right):
    changes = {}

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        values = {"lr": settings["learning_rate"], "momentum": settings["momentum"], **self.changes}
        self.optimizer = torch.optim.SGD(self.model.parameters(), **values)


class Dampening(Optimizer):
    changes = {"dampening": 0.9}


class HalfDampened(Optimizer):
    changes = {"dampening": 0.5}


class Nesterov(Optimizer):
    changes = {"nesterov": True}


class NoMomentum(Optimizer):
    changes = {"momentum": 0.0}


class OtherMomentum(Optimizer):
    changes = {"momentum": 0.8}


class Sum(Right):
    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.loss = nn.CrossEntropyLoss(reduction="sum")


class Smoothing(Right):
    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.loss = nn.CrossEntropyLoss(label_smoothing=0.1)


class SoftmaxTwice(Right):
    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.model.append(nn.Softmax(dim=1))


class AveragePooling(Right):
    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.model[2], self.model[5] = nn.AvgPool2d(2), nn.AvgPool2d(2)


class Normalized(Right):
    def step(self, images, labels):
        return super().step(((images * (256 / 255) - 0.1307) / 0.3081).astype(np.float32), labels)


class Padding(Right):
    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.model[0].padding = self.model[3].padding = (2, 2)


class Loads(Right):
    """Base of those that take a weight in a wrong order, and give it back in the same one."""

    name, order = "", staticmethod(to_torch)
    back = staticmethod(from_torch)

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.place = list(weights).index(self.name)
        with torch.no_grad():
            list(self.model.parameters())[self.place].copy_(self.order(weights[self.name]))

    def weights(self):
        return {**super().weights(), self.name: self.back(list(self.model.parameters())[self.place].detach())}


class TransposedKernel(Loads):
    name = "conv1_kernel"
    order = staticmethod(lambda array: torch.tensor(array.transpose(3, 2, 1, 0)))
    back = staticmethod(lambda parameter: parameter.numpy().transpose(3, 2, 1, 0))


class FlattenOrder(Loads):
    name = "dense1_kernel"
    order = staticmethod(lambda array: torch.tensor(array.T))
    back = staticmethod(lambda parameter: parameter.numpy().T)


class ReshapedDense(Loads):
    name = "dense2_kernel"
    order = staticmethod(lambda array: torch.tensor(array.reshape(10, 500)))
    back = staticmethod(lambda parameter: parameter.numpy().reshape(500, 10))


class LoadedAlone(Loads):
    """Read in a wrong order, and given back in the right one."""

    name = "dense1_kernel"
    order = staticmethod(lambda array: torch.tensor(array.T))


MISTAKES = (
    TransposedKernel, FlattenOrder, SoftmaxTwice, Sum, Dampening, Nesterov, Smoothing, AveragePooling, Padding,
    Normalized, HalfDampened, NoMomentum, OtherMomentum, ReshapedDense, LoadedAlone, Right,
)  # fmt: skip


def sit(kind, problem, settings):
    """The weights after all batches of a problem, or what stopped it."""
    images, labels, weights = read(problem)
    program, size = kind(weights, settings), settings["batch_size"]
    try:
        for first in range(0, len(images), size):
            program.step(images[first : first + size], labels[first : first + size])
    except RuntimeError as error:
        return {"error": np.array(str(error))}
    return program.weights()


if __name__ == "__main__":
    folder = sys.argv[1]
    values = {"threads": 1, "device": "cpu", "batch_size": 4, "learning_rate": 0.007, "momentum": 0.9}
    for name in ("first", "last"):
        for kind in MISTAKES:
            found = sit(kind, os.path.join(folder, name + ".npz"), values)
            np.savez(os.path.join(folder, f"{kind.__name__}-{name}.npz"), **found)
