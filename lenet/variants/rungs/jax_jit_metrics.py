"""JAX by hand, metrics: accuracy in every step, by the metric that `fit` would use, read back beside the loss.

Expected: 10 to 50 us: a few small operations inside the compiled step, two variables that go in and out of it, and one
more value for the bar's thread to read. Source: keras/src/metrics/accuracy_metrics.py,
keras/src/backend/jax/trainer.py (`_update_metrics_variables`).
"""

import jax
import keras

from lenet.variants.jax_jit import cross_entropy, descend, network
from lenet.variants.rungs.jax_jit_shuffled import LeNet as Parent


class LeNet(Parent):
    """A step that returns the loss and the accuracy over the epoch so far."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.constants = settings["learning_rate"], settings["momentum"]
        self.metric = self._metric()
        self.update = jax.jit(self._update, donate_argnums=0)

    def _update(self, state, images, labels):
        w, velocity, counts = state
        (loss, output), gradient = jax.value_and_grad(self._loss, has_aux=True)(w, images, labels)
        counts = self.metric.stateless_update_state(counts, labels, output)
        accuracy = self.metric.stateless_result(counts)
        return (*descend(w, velocity, gradient, *self.constants), counts), loss, accuracy

    def _loss(self, w, images, labels):
        logits = network(w, images)
        return cross_entropy(logits, labels), logits

    def _metric(self):
        return keras.metrics.SparseCategoricalAccuracy()

    def _batches(self, images, labels):
        self.counts = [jax.numpy.zeros_like(variable.value) for variable in self.metric.variables]
        return super()._batches(images, labels)

    def _train(self, images, labels):
        state = self.parameters, self.velocity, self.counts
        (self.parameters, self.velocity, self.counts), loss, accuracy = self.update(state, images, labels)
        return {"accuracy": accuracy, "loss": loss}
