"""State the figures that keras-team/keras issue 7439 reported.

Read from the notebooks that the issue links to: ilkarman/Blog, folder DL-Examples, commit cbb601c
(2017-07-19, "Comparisons on MNIST"). One run each, timed by the notebook around the whole training,
warm-up included.
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "ilkarman/Blog, DL-Examples, commit cbb601c of 2017-07-19; keras-team/keras issue 7439"
URL = "https://github.com/keras-team/keras/issues/7439"
QUESTION = (
    "In July 2017 a user trained the same LeNet on MNIST twice: “TF took 72s to train whereas with Keras it was around "
    "160s”. Is Keras “re-creating something on each mini-batch”, the user asked, and have others noticed? "
    "The issue was closed as stale."
)
EPOCHS = 12
BATCH_SIZE = 32
BATCHES = 22_500
LEARNING_RATE = 0.01
MOMENTUM = 0.9


@dataclass(frozen=True)
class Original:
    """One program of the issue. `seconds`: its whole training; `reported`: how the issue put it."""

    title: str
    variant: str
    """Today's variant of the same program."""
    seconds: float
    reported: str
    test_accuracy: float

    @property
    def batch_ms(self) -> float:
        """Training time per batch in ms."""
        return 1000 * self.seconds / BATCHES


ORIGINALS = (
    Original("TensorFlow 1.2.1", "tensorflow_graph", 72, "72 s", 0.98898),
    Original("Keras 2.0.6 on TensorFlow", "keras_fit", 163, "about 160 s", 0.9902),
)
TENSORFLOW, KERAS = ORIGINALS
FACTOR = KERAS.seconds / TENSORFLOW.seconds
