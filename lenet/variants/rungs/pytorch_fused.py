"""PyTorch, fused optimizer: one call updates all weights in one pass, in place of two operations per weight.

Expected: 50 to 100 us per batch, which has eight weights of 430,000 numbers together (torch/optim/sgd.py, _fused_sgd;
pytorch/pytorch #45408 for lists of weights; on a CPU plain SGD goes through them one by one).
"""

import torch

from lenet.variants.rungs import pytorch_pool_first


class LeNet(pytorch_pool_first.LeNet):
    """torch.optim.SGD with fused=True."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        rate, momentum = settings["learning_rate"], settings["momentum"]
        self.optimizer = torch.optim.SGD(self.model.parameters(), rate, momentum, fused=True)
