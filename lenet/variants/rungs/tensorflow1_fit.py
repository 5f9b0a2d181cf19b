"""TensorFlow 1 fit: the graph of tensorflow1_graph, trained by the loop of Keras's `fit`.

Expected: tens of us per batch, what keras2_loop saves.
Source: keras/engine/training.py (`_fit_loop`) and keras/backend/tensorflow_backend.py (`Function`) of Keras 2.0.6.
"""

from types import SimpleNamespace

import keras
from keras.engine.training import Model

from lenet.variants.keras2_fit import Hooks
from lenet.variants.rungs.tensorflow1_timed_callbacks import LeNet as Parent


class LeNet(Parent):
    """Keras's loop, callbacks, shuffling and progress bar around TensorFlow's loss and update."""

    def fit(self, images, labels, epochs, tick, epoch_end):
        placeholders, arrays = zip(*self._feeds(images, labels))
        outputs = self._outputs()
        function = keras.backend.function(placeholders, list(outputs.values()), self._updates())
        Model._fit_loop(
            SimpleNamespace(),
            function,
            list(arrays),
            out_labels=list(outputs),
            batch_size=self.batch_size,
            epochs=epochs,
            callbacks=[Hooks(tick, epoch_end)],
            callback_metrics=list(outputs),
        )

    def _feeds(self, images, labels):
        """Pairs of a placeholder and the array of which it gets a batch."""
        return [(self.images, images), (self.labels, labels)]

    def _outputs(self):
        """What is computed and fetched in every batch, by the name that Keras shows."""
        return {"loss": self.loss}

    def _updates(self):
        return [self.train]
