"""TensorFlow 1 graph, progress bar: Keras draws one, and does nothing else.

Expected: tens of us per batch, what keras2_fit_silent saves.
Source: keras/callbacks.py (`ProgbarLogger`) of Keras 2.0.6.
"""

from keras.callbacks import ProgbarLogger

from lenet.variants.tensorflow1_graph import LeNet as Parent


class LeNet(Parent):
    """The same `step` for every batch; then Keras's `ProgbarLogger` hears of it, as `fit` would tell it."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.batch_size = settings["batch_size"]

    def fit(self, images, labels, epochs, tick, epoch_end):
        callbacks = self._callbacks()
        callbacks.set_params({"verbose": 1, "epochs": epochs, "samples": len(images), "metrics": ["loss"]})
        callbacks.on_train_begin()
        for epoch in range(epochs):
            callbacks.on_epoch_begin(epoch)
            for batch, arrays in enumerate(self._batches(images, labels)):
                logs = {"size": self.batch_size}
                callbacks.on_batch_begin(batch, logs)
                logs["loss"] = self.step(*arrays)
                tick(logs["loss"])
                callbacks.on_batch_end(batch, logs)
            epoch_end()
            callbacks.on_epoch_end(epoch)

    def _callbacks(self):
        return ProgbarLogger()

    def _batches(self, images, labels):
        for first in range(0, len(images), self.batch_size):
            rows = slice(first, first + self.batch_size)
            yield images[rows], labels[rows]
