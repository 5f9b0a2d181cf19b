"""JAX by hand, progress bar: draws the bar that `fit` draws, as `fit` does it on JAX, in a second thread.

Expected: 20 to 100 us per batch: handing the batch's end to the thread and reading the loss there, while the next batch
runs; in `fit` the thread is there in any case, for its other callbacks.
Source: keras/src/callbacks/callback_list.py (`_async_dispatch`), keras/src/callbacks/progbar_logger.py;
keras-team/keras #20284, keras-team/keras #21709.
"""

import keras

from lenet.variants.jax_jit import LeNet as Parent


class LeNet(Parent):
    """The loop around the step, and Keras's callbacks without a model: the bar alone."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.batch_size = settings["batch_size"]

    def fit(self, images, labels, epochs, tick, epoch_end):
        steps = len(images) // self.batch_size
        bar = keras.callbacks.CallbackList(add_progbar=True, verbose=1, epochs=epochs, steps=steps)
        bar.on_train_begin()
        for epoch in range(epochs):
            bar.on_epoch_begin(epoch)
            for number, batch in enumerate(self._batches(images, labels)):
                logs = self._train(*batch)
                tick(logs["loss"])
                bar.on_train_batch_end(number, logs)
            bar.on_epoch_end(epoch, logs)
            epoch_end()
        bar.on_train_end()

    def _batches(self, images, labels):
        for first in range(0, len(images), self.batch_size):
            last = first + self.batch_size
            yield images[first:last], labels[first:last]

    def _train(self, images, labels):
        return {"loss": self.step(images, labels)}
