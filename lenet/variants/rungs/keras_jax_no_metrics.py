"""Keras on JAX, no metrics: accuracy is not computed, not accumulated and not read back.

The mean of the loss is no metric that can be left out: it stays, it is part of `fit`.

Expected: 10 to 50 us: a few small operations inside the compiled step, two variables that go in and out of it, and one
more value for the second thread to read. Source: keras/src/backend/jax/trainer.py (`_update_metrics_variables`),
keras/src/callbacks/callback_list.py (`pythonify_logs`).
"""

from lenet.variants.rungs.keras_jax_in_order import LeNet as Parent


class LeNet(Parent):
    """Compiled without `metrics`."""

    def _compile(self, sgd):
        self.model.compile(optimizer=sgd, loss="categorical_crossentropy")
