"""Keras's program around PyTorch's layers: all of keras_torch but the layers, and these in Keras's order of axes.

What goes are the calls of eight Keras layers, each of which looks through its arguments anew, and the kernels that are
copied into PyTorch's order of axes on every batch.

Expected: several hundred microseconds per batch less than keras_torch (keras/src/layers/layer.py and
keras/src/ops/operation.py, __call__; keras-team/keras #22561: four times PyTorch's forward pass; #23198, #23280).
"""

import keras
import torch
from torch import nn

from lenet.variants import keras_torch
from lenet.variants.pytorch_eager import from_torch, network, to_torch


class Network(keras.Model):
    """A PyTorch module as a Keras model: Keras finds its parameters, and calls one layer in place of eight."""

    def __init__(self, module):
        super().__init__()
        self.held = module

    def call(self, images):
        return self.held.module(images.permute(0, 3, 1, 2))


class LeNet(keras_torch.LeNet):
    """torch.nn inside `fit`."""

    model_class, layout = Network, torch.channels_last

    def _network(self, weights):
        module = nn.Sequential(*network(), nn.Softmax(-1)).to(memory_format=self.layout)
        with torch.no_grad():
            for parameter, array in zip(module.parameters(), weights.values()):
                parameter.copy_(to_torch(array))
        model = self.model_class(module)
        model.build((None, 28, 28, 1))
        return model

    def weights(self):
        return dict(zip(self.names, map(from_torch, self.model.held.module.parameters())))
