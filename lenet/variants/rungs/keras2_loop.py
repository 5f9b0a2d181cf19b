"""Keras 2 loop: a loop of its own instead of `fit`, around the operations that Keras compiled.

Left out with `fit`: the loop over callbacks, BaseLogger and History, and the function that makes the feed. Loss,
accuracy and updates are fetched as before, and as little waits for the loss as before: the updates stand in the graph
before Keras asks for that order.

Expected: tens of us per batch.
Source: keras/engine/training.py (`_fit_loop`) and keras/backend/tensorflow_backend.py (`Function`) of Keras 2.0.6.
"""

import keras
import numpy as np

from lenet.variants.rungs.keras2_fit_untimed import LeNet as Parent


class LeNet(Parent):
    """The same operations in a loop of its own."""

    def fit(self, images, labels, epochs, tick, epoch_end):
        fetches, feeds, size = self._fetches(), self._feeds(images, labels), self.batch_size
        session = keras.backend.get_session()
        for _ in range(epochs):
            for first in range(0, len(images), size):
                batch = {placeholder: array[first : first + size] for placeholder, array in feeds}
                tick(session.run(fetches, batch)[0])
            epoch_end()

    def _fetches(self):
        """The loss, then what else is computed in every batch."""
        self.model.model._make_train_function()
        function = self.model.model.train_function
        return function.outputs + [function.updates_op]

    def _feeds(self, images, labels):
        """Pairs of a placeholder and the array of which it gets a batch. Every image has a weight of 1."""
        weights = np.ones(len(images), np.float32)
        return list(zip(self.model.model.train_function.inputs, [images, self._targets(labels), weights]))

    def _targets(self, labels):
        return keras.utils.to_categorical(labels, 10)
