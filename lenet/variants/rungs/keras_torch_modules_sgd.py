"""Keras's `fit` around a step that is all PyTorch: layers, loss and optimizer.

Expected: a hundred microseconds per batch or more less (keras/src/optimizers/base_optimizer.py, apply;
https://keras.io/guides/custom_train_step_in_torch/).
"""

import torch

from lenet.variants.rungs import keras_torch_modules_loss


class Stepped(keras_torch_modules_loss.Scored):
    """Keras's own `train_step`, but for the optimizer."""

    def train_step(self, data):
        images, targets = data
        outputs = self(images, training=True)
        self.sgd.zero_grad()
        loss = self.compute_loss(images, targets, outputs)
        self._loss_tracker.update_state(loss, sample_weight=len(images))
        loss.backward()
        self.sgd.step()
        return self.compute_metrics(images, targets, outputs)


class LeNet(keras_torch_modules_loss.LeNet):
    """Keras keeps the loop, the means and the bar."""

    model_class = Stepped

    def _compile(self, sgd):
        self.model.compile(optimizer=None, metrics=["accuracy"])
        self.model.sgd = torch.optim.SGD(self.model.held.parameters(), float(sgd.learning_rate), sgd.momentum)
