"""A loop of one's own in place of `fit`: model, loss and optimizer are Keras's, stepped as in Keras's guide to PyTorch.

What `fit` does around a step goes all at once: DataLoader, callbacks, logs as Python numbers, the running mean of the
loss, the bookkeeping of `CompileLoss` and `train_step`.

Expected: several hundred microseconds per batch (keras/src/backend/torch/trainer.py;
https://keras.io/guides/writing_a_custom_training_loop_in_torch/; keras-team/keras #608, #22107).
"""

import keras
import torch

from lenet.variants.rungs import keras_torch_logits


class LeNet(keras_torch_logits.LeNet):
    """zero_grad, forward, backward, apply."""

    def _compile(self, sgd):
        self.optimizer = sgd
        self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def step(self, images, labels):
        self.model.zero_grad()
        loss = self._forward(keras.ops.convert_to_tensor(images), keras.ops.convert_to_tensor(labels))
        loss.backward()
        self._update()
        return loss.detach()

    def _forward(self, images, labels):
        return self.loss(labels, self.model(images, training=True))

    def _update(self):
        variables = self.model.trainable_weights
        with torch.no_grad():
            self.optimizer.apply([variable.value.grad for variable in variables], variables)
