"""JAX by hand, shuffled: a new order in every epoch, each batch gathered from where its images lie.

Expected: 10 us per batch of 8: a copy of scattered rows instead of a view of contiguous ones.
Source: keras/src/trainers/data_adapters/array_data_adapter.py (`_get_iterator`).
"""

import numpy as np

from lenet.variants.rungs.jax_jit_bar import LeNet as Parent


class LeNet(Parent):
    """Batches by a permutation."""

    def _batches(self, images, labels):
        order = np.random.permutation(len(images))
        for first in range(0, len(images), self.batch_size):
            rows = order[first : first + self.batch_size]
            yield images[rows], labels[rows]
