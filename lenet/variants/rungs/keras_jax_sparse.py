"""Keras on JAX, sparse: integer labels instead of one-hot ones.

Expected: next to nothing: a tenth of the bytes of a small array, and inside the compiled step Keras makes them one-hot
all the same. Source: keras/src/backend/jax/nn.py (`sparse_categorical_crossentropy`).
"""

from lenet.variants.keras_jax import Hooks
from lenet.variants.rungs.keras_jax_no_metrics import LeNet as Parent


class LeNet(Parent):
    """Labels as they come, and the loss that takes them."""

    def _compile(self, sgd):
        self.model.compile(optimizer=sgd, loss="sparse_categorical_crossentropy")

    def fit(self, images, labels, epochs, tick, epoch_end):
        self._tick_in_the_train_function(tick)
        self._train(images, labels, epochs, [Hooks(epoch_end)])
