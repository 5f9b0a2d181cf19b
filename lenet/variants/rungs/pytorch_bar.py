"""A progress bar on the fast program: draws the bar that `fit` draws, as `fit` does it on PyTorch, in a second thread.

Expected: what it costs Keras, tens of microseconds per batch: handing the batch's end to the thread and reading the
loss there, while the next batch runs; in `fit` the thread is there in any case, for its other callbacks.
Source: keras/src/callbacks/callback_list.py (`_async_dispatch`), keras/src/callbacks/progbar_logger.py;
keras-team/keras #21709.
"""

import keras

from lenet.variants import pytorch_eager


class LeNet(pytorch_eager.LeNet):
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
            for number, batch in enumerate(self._order(len(images))):
                loss = self.step(images[batch], labels[batch])
                tick(loss)
                bar.on_train_batch_end(number, self._logs(loss))
            bar.on_epoch_end(epoch, self._logs(loss))
            epoch_end()
        bar.on_train_end()

    def _order(self, count):
        return [slice(first, first + self.batch_size) for first in range(0, count, self.batch_size)]

    def _logs(self, loss):
        return {"loss": loss}
