"""PyTorch's SGD in place of Keras's: torch.optim on the parameters of the Keras model.

Both update all weights by a few operations over lists. Keras's keeps its rate and its count of steps in variables, and
looks every weight up by name.

Expected: a hundred microseconds per batch or more (keras/src/optimizers/base_optimizer.py, apply;
keras/src/backend/torch/optimizers/torch_sgd.py; keras-team/keras-core PR #482 brought the lists).
"""

import torch

from lenet.variants.rungs import keras_torch_loop


class LeNet(keras_torch_loop.LeNet):
    """A Keras model under torch.optim.SGD."""

    def _compile(self, sgd):
        super()._compile(sgd)
        self.optimizer = torch.optim.SGD(self.model.parameters(), float(sgd.learning_rate), sgd.momentum)

    def _update(self):
        self.optimizer.step()
