"""Metrics on the fast program: Keras's accuracy, updated on every batch and read by the bar's thread.

Expected: what it costs Keras, a hundred microseconds per batch or more (keras/src/metrics/accuracy_metrics.py,
keras/src/metrics/reduction_metrics.py; keras-team/keras #22561).
"""

import keras
import torch

from lenet.variants.rungs import pytorch_shuffled


class LeNet(pytorch_shuffled.LeNet):
    """The mean of the epoch so far, as `fit` shows it."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.accuracy = keras.metrics.SparseCategoricalAccuracy()

    def fit(self, images, labels, epochs, tick, epoch_end):
        def reset_too():
            epoch_end()
            self.accuracy.reset_state()

        super().fit(images, labels, epochs, tick, reset_too)

    def step(self, images, labels):
        images = torch.from_numpy(images).reshape(-1, 1, 28, 28).to(self.device)
        labels = torch.from_numpy(labels).to(self.device)
        self.optimizer.zero_grad()
        outputs = self.model(images)
        loss = self.loss(outputs, labels)
        loss.backward()
        self.optimizer.step()
        self.accuracy.update_state(labels, outputs)
        self.seen = self.accuracy.result()
        return loss.detach()

    def _logs(self, loss):
        return {"accuracy": self.seen, **super()._logs(loss)}
