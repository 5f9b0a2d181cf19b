"""Keras on JAX, silent: draws no progress bar (`verbose=0`).

What `fit` hands to its second thread after every batch (reading loss and accuracy, calling the other callbacks) stays.

Expected: little on average, the bar is drawn at most every 50 ms and by that thread; more where no core is left for it.
Source: keras/src/callbacks/progbar_logger.py, keras/src/utils/progbar.py (`interval`), keras/src/callbacks/
callback_list.py (`_async_dispatch`); keras-team/keras #20284.
"""

import keras

from lenet.variants.keras_jax import Hooks
from lenet.variants.keras_jax import LeNet as Parent


class LeNet(Parent):
    """`fit` with nothing on the screen."""

    def fit(self, images, labels, epochs, tick, epoch_end):
        self._tick_in_the_train_function(tick)
        self._train(images, keras.utils.to_categorical(labels, 10), epochs, [Hooks(epoch_end)])

    def _train(self, images, targets, epochs, hooks):
        self.model.fit(images, targets, self.settings["batch_size"], epochs, verbose=0, callbacks=hooks)
