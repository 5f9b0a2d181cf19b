"""The problem that variants train on: images in their order and initial weights, the same arrays
for every variant.

All random numbers are drawn here and shipped as arrays, so no generator has to agree across
frameworks or versions.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet.data import load
from lenet.home import kept_in
from lenet.settings import Settings

Weights = dict[str, npt.NDArray[np.float32]]

# The LeNet. Kernels are (height, width, in, out), dense weights (in, out); flattened by
# (row, column, channel).
SHAPES: dict[str, tuple[int, ...]] = {
    "conv1_kernel": (5, 5, 1, 20),
    "conv1_bias": (20,),
    "conv2_kernel": (5, 5, 20, 50),
    "conv2_bias": (50,),
    "dense1_kernel": (800, 500),
    "dense1_bias": (500,),
    "dense2_kernel": (500, 10),
    "dense2_bias": (10,),
}


@dataclass(frozen=True)
class Problem:
    """Images uint8 (n, 28, 28, 1), labels int64 (n,), weights as in SHAPES.

    n is a multiple of the batch size.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    weights: Weights

    def write(self, path: Path) -> None:
        """Write it to a file that workers read with `np.load`, without pickles.

        Raises StoreError, and leaves nothing, when the disk refuses.
        """
        named = {f"weights/{name}": array for name, array in self.weights.items()}
        try:
            with kept_in(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                np.savez(path, images=self.images, labels=self.labels, **named)  # type: ignore[arg-type]
        except BaseException:
            with contextlib.suppress(OSError):
                path.unlink()
            raise


def make(settings: Settings) -> Problem:
    """The problem for `settings`: images in one seeded order, which every epoch repeats."""
    data = load()
    generator = np.random.default_rng(settings.seed)
    weights = initial_weights(generator)
    used = settings.batches_per_epoch * settings.batch_size
    order = generator.permutation(len(data.train_images))[:used]
    return Problem(data.train_images[order], data.train_labels[order], weights)


def initial_weights(generator: np.random.Generator) -> Weights:
    """Glorot-uniform kernels and zero biases, the defaults of both programs of the issue."""
    return {name: _initial(shape, generator) for name, shape in SHAPES.items()}


def _initial(shape: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[np.float32]:
    if len(shape) == 1:
        return np.zeros(shape, np.float32)
    receptive = int(np.prod(shape[:-2]))
    limit = np.sqrt(6 / (receptive * (shape[-2] + shape[-1])))
    return generator.uniform(-limit, limit, shape).astype(np.float32)
