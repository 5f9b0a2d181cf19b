"""No progress bar: `fit` with verbose=0, nothing else.

Expected: tens of microseconds per batch, of which drawing, at most every 50 ms, is a part; the bar also averages what
it shows on every batch (keras/src/utils/progbar.py, keras/src/callbacks/progbar_logger.py; keras-team/keras #21709).
"""

from lenet.variants import keras_torch


class LeNet(keras_torch.LeNet):
    """keras_torch, silent."""

    def _train(self, images, targets, epochs, hooks):
        self.model.fit(images, targets, self.batch_size, epochs, verbose=0, callbacks=hooks)
