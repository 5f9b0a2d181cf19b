"""Keras fit, in order: batches as they lie in memory, neither shuffled nor gathered.

`shuffle=False` alone would still gather every batch by its row numbers, so `fit` is given a dataset of whole batches,
with the options and the prefetching of the one that it would make: what is left of the pipeline belongs to `fit`.

Expected: little where a core is free for the pipeline's threads, up to 100 us where none is.
Source: keras/src/trainers/data_adapters/array_data_adapter.py (`permutation`, `slice_inputs`, `grab_batch`).
"""

import keras
import tensorflow as tf

from lenet.variants.keras_fit import Hooks
from lenet.variants.rungs.keras_fit_silent import LeNet as Parent


class LeNet(Parent):
    """`fit` over a dataset, which copies one contiguous batch at a time."""

    def fit(self, images, labels, epochs, tick, epoch_end):
        one_hot = keras.utils.to_categorical(labels, 10).astype("float32")
        self._train(images, one_hot, epochs, [Hooks(tick, epoch_end)])

    def _train(self, images, labels, epochs, hooks):
        batches = tuple(array.reshape(-1, self.batch_size, *array.shape[1:]) for array in (images, labels))
        options = tf.data.Options()
        options.experimental_optimization.apply_default_optimizations = False
        dataset = tf.data.Dataset.from_tensor_slices(batches).with_options(options).prefetch(tf.data.AUTOTUNE)
        self.model.fit(dataset, epochs=epochs, verbose=0, callbacks=hooks, shuffle=False)
