"""No metrics: `compile` without metrics=["accuracy"]. The running mean of the loss stays; `fit` always keeps it.

Expected: a hundred microseconds per batch or more: accuracy is a dozen small operations, each called by way of Keras's
wrappers, and one more number in the logs (keras/src/trainers/trainer.py, compute_metrics; keras-team/keras #22561).
"""

from lenet.variants.rungs import keras_torch_in_order


class LeNet(keras_torch_in_order.LeNet):
    """Nothing but the loss is counted."""

    def _compile(self, sgd):
        self.model.compile(optimizer=sgd, loss="categorical_crossentropy")
