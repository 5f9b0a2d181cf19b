"""TensorFlow bare function, metrics: accuracy in every step, by the metric that `fit` would use, read with the loss.

Expected: 50 to 150 us: some ten small operations, two variables, and one more value read to Python per batch.
Source: keras/src/trainers/trainer.py (`compute_metrics`), keras/src/metrics/accuracy_metrics.py,
keras/src/callbacks/callback_list.py (`pythonify_logs`).
"""

import keras
import tensorflow as tf

from lenet.variants.rungs.tensorflow_function_shuffled import LeNet as Parent


class LeNet(Parent):
    """A step that returns the loss and the accuracy over the epoch so far."""

    def _trace(self):
        self.accuracy = keras.metrics.SparseCategoricalAccuracy()
        return super()._trace()

    def step(self, images, labels):
        with tf.GradientTape() as tape:
            output = self._network(images)
            loss = self._loss(labels, output)
        parameters = list(self.parameters.values())
        self.optimizer.apply_gradients(zip(tape.gradient(loss, parameters), parameters))
        self.accuracy.update_state(labels, output)
        return loss, self.accuracy.result()

    def _batches(self, images, labels):
        self.accuracy.reset_state()
        return super()._batches(images, labels)

    def _train(self, images, labels):
        loss, accuracy = self.step(images, labels)
        return {"accuracy": float(accuracy), "loss": float(loss)}
