"""Keras's program around PyTorch's layers, their feature maps channels first, as PyTorch has them.

Expected: a few microseconds per batch, of either sign: one PyTorch layout against the other (pytorch_channels_last;
ilkarman/DeepLearningFrameworks, lesson 2).
"""

import torch

from lenet.variants.rungs import keras_torch_modules


class LeNet(keras_torch_modules.LeNet):
    """PyTorch's own order in memory."""

    layout = torch.contiguous_format

    def facts(self):
        return dict(super().facts(), layout="channels_first")
