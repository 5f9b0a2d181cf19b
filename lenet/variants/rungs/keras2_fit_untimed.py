"""Keras 2 fit, untimed: calls its callbacks and takes no time of them.

To warn of a slow callback Keras takes `np.median` of the last ten times, twice in every batch.

Expected: 50 to 100 us per batch.
Source: keras/callbacks.py (`CallbackList`) of Keras 2.0.6; keras-team/keras #608 is about that warning.
"""

import keras

from lenet.variants.rungs.keras2_fit_unscanned import LeNet as Parent


class Untimed(keras.callbacks.CallbackList):
    """Calls every callback, as its parent does, and takes no time of it."""

    def on_batch_begin(self, batch, logs=None):
        for callback in self.callbacks:
            callback.on_batch_begin(batch, logs)

    def on_batch_end(self, batch, logs=None):
        for callback in self.callbacks:
            callback.on_batch_end(batch, logs)


class LeNet(Parent):
    """The same `fit`, with a list of callbacks that has no clock."""

    def fit(self, images, labels, epochs, tick, epoch_end):
        keras.callbacks.CallbackList = Untimed
        super().fit(images, labels, epochs, tick, epoch_end)
