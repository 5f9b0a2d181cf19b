"""TensorFlow bare function, shuffled: a new order in every epoch, each batch gathered from where its images lie.

Expected: 10 us per batch of 8: a copy of scattered rows instead of a view of contiguous ones.
Source: keras/src/trainers/data_adapters/array_data_adapter.py (`permutation`, `grab_batch`), which gathers in the
threads of its pipeline; a loop without one gathers between its steps.
"""

import numpy as np

from lenet.variants.rungs.tensorflow_function_bar import LeNet as Parent


class LeNet(Parent):
    """Batches by a permutation."""

    def _batches(self, images, labels):
        for rows in np.random.permutation(len(images)).reshape(-1, self.batch_size):
            yield images[rows], labels[rows]
