"""Evaluate a run's weights on the test images, with the NumPy reference for every variant."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from lenet.data import load
from lenet.variants.numpy_reference import cross_entropy, forward
from lenet.worker.clock import prepare

# Images at a time: enough for BLAS, few enough for the activations to stay in the cache (20 MB).
CHUNK = 100


def evaluate(weights: Mapping[str, npt.NDArray[np.floating]]) -> tuple[float, float]:
    """Mean cross-entropy and share of right answers over the 10,000 test images, in float32.

    weights: as in `problem.SHAPES`. Weights that have diverged give a loss of NaN, not an error.
    """
    data = load()
    images, labels = data.test_images, data.test_labels
    single = {name: np.asarray(array, np.float32) for name, array in weights.items()}
    parts = [_sums(single, images[i : i + CHUNK], labels[i : i + CHUNK]) for i in range(0, len(images), CHUNK)]
    loss, right = np.sum(parts, axis=0) / len(images)
    return float(loss), float(right)


def _sums(
    weights: dict[str, npt.NDArray[np.float32]], images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]
) -> tuple[float, int]:
    with np.errstate(all="ignore"):
        logits = forward(weights, prepare(images))[-1]
        loss, _ = cross_entropy(logits, labels)
    return float(loss) * len(labels), int((logits.argmax(axis=1) == labels).sum())
