"""No progress bar: `fit` with verbose=0, nothing else.

Expected: tens of microseconds per batch, of which drawing, at most every 50 ms, is a part; the bar also averages what
it shows on every batch (keras/src/utils/progbar.py, keras/src/callbacks/progbar_logger.py; keras-team/keras #21709).
"""

import keras

from lenet.variants import keras_torch
from lenet.variants.keras_torch import Hooks


class LeNet(keras_torch.LeNet):
    """keras_torch, silent."""

    def fit(self, images, labels, epochs, tick, epoch_end):
        one_hot = keras.utils.to_categorical(labels, 10)
        hooks = [Hooks(tick, epoch_end)]
        self.model.fit(images, one_hot, batch_size=self.batch_size, epochs=epochs, verbose=0, callbacks=hooks)
