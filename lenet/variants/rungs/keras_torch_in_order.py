"""No shuffle, no gather: a batch is a view of neighbouring images, where Keras copies it from all over the array.

`shuffle=False` alone would not do: Keras's array adapter indexes with a list of numbers in either case, and PyTorch's
BatchSampler makes that list one number at a time. The DataLoader stays, and so does the conversion of every batch.

Expected: tens of microseconds per batch, more with larger batches (keras/src/trainers/data_adapters/
array_data_adapter.py, get_torch_dataloader; torch/utils/data/sampler.py, BatchSampler).
"""

import keras
from torch.utils.data import DataLoader, Dataset

from lenet.variants.keras_torch import Hooks
from lenet.variants.rungs import keras_torch_silent


class Slices(Dataset):
    """Arrays that a DataLoader cuts into batches."""

    def __init__(self, *arrays):
        self.arrays = arrays

    def __len__(self):
        return len(self.arrays[0])

    def __getitems__(self, batch):
        return tuple(keras.ops.convert_to_tensor(array[batch]) for array in self.arrays)


class LeNet(keras_torch_silent.LeNet):
    """The batches in the order of the images."""

    def fit(self, images, labels, epochs, tick, epoch_end):
        batches = [slice(first, first + self.batch_size) for first in range(0, len(images), self.batch_size)]
        loader = DataLoader(Slices(images, self._targets(labels)), batch_sampler=batches, collate_fn=tuple)
        self._tick_in_the_train_function(tick)
        self.model.fit(loader, epochs=epochs, shuffle=False, verbose=0, callbacks=[Hooks(epoch_end)])

    def _targets(self, labels):
        return keras.utils.to_categorical(labels, 10).astype("float32")
