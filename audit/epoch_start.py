"""Time the first batch of each epoch in plain Keras `fit`, without LeNet Bench around it.

`python -m audit.epoch_start [EPOCHS]`. Between two epochs Keras drops its tf.data iterator, and
training waits while C++ destroys it: mostly for some 20 ms, sometimes for seconds.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import numpy as np

IMAGES, BATCH, DEFAULT_EPOCHS = 60_000, 32, 40


def main(epochs: int) -> None:
    """Train one dense layer on noise and print the waits between epochs.

    A wait is the time in ms from an epoch's end to the end of the next epoch's first batch.
    """
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras

    generator = np.random.default_rng(7439)
    images = generator.random((IMAGES, 28, 28, 1), np.float32)
    labels = keras.utils.to_categorical(generator.integers(0, 10, IMAGES), 10)
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential(layers)
    model.compile(optimizer="sgd", loss="categorical_crossentropy")
    waits = _waits(keras.callbacks.Callback)
    model.fit(images, labels, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[waits])
    ms = np.array(waits.ms)
    quartiles = ", ".join(f"{value:.0f}" for value in np.percentile(ms, (0, 25, 50, 75, 100)))
    print(f"{len(ms)} epoch starts, ms: {quartiles} (minimum, quartiles, maximum); {np.sum(ms > 1000)} above 1 s")


def _waits(callback: Any) -> Any:
    class Waits(callback):  # type: ignore[misc]
        """Notes the ms from an epoch's end to the end of the next one's first batch."""

        def __init__(self) -> None:
            super().__init__()
            self.ms: list[float] = []
            self.since: float | None = None

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.since = time.perf_counter()

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if self.since is not None:
                self.ms.append(1000 * (time.perf_counter() - self.since))
                self.since = None

    return Waits()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_EPOCHS)
