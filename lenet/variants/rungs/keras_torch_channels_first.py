"""Channels first, as PyTorch has them: Keras's default order makes every kernel another array on every batch.

Keras's layers still turn their kernels to PyTorch's order of axes, and Flatten turns the last feature maps back.

Expected: tens of microseconds per batch (keras/src/backend/torch/nn.py, conv and max_pool: transposed inputs and
outputs, kernels copied to torch.channels_last; ilkarman/DeepLearningFrameworks, lesson 2 and issue #9).
"""

import keras
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

from lenet.variants.rungs import keras_torch_loss


class LeNet(keras_torch_loss.LeNet):
    """Images (n, 1, 28, 28)."""

    def _network(self, weights):
        keras.config.set_image_data_format("channels_first")
        model = keras.Sequential(
            [
                keras.Input((1, 28, 28)),
                Conv2D(20, 5, activation="tanh"),
                MaxPooling2D(2),
                Conv2D(50, 5, activation="tanh"),
                MaxPooling2D(2),
                Flatten(),
                Dense(500, activation="tanh"),
                Dense(10),
            ]
        )
        model.set_weights(list(weights.values()))
        return model

    def _forward(self, images, labels):
        return super()._forward(images.reshape(-1, 1, 28, 28), labels)
