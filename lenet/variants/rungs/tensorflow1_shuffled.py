"""TensorFlow 1 graph, shuffled: Keras's order of the images, and its copy of every batch.

Expected: tens of us per batch of 8, more for larger ones: what keras2_fit_in_order saves.
Source: keras/engine/training.py (`_fit_loop`, `_slice_arrays`) of Keras 2.0.6.
"""

import numpy as np
from keras.engine import training

from lenet.variants.rungs.tensorflow1_progress_bar import LeNet as Parent


class LeNet(Parent):
    """The same loop over batches that are gathered from everywhere."""

    def _batches(self, images, labels):
        order = np.arange(len(images))
        np.random.shuffle(order)
        for first in range(0, len(images), self.batch_size):
            yield training._slice_arrays([images, labels], order[first : first + self.batch_size])
