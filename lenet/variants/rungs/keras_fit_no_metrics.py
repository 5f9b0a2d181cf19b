"""Keras fit, no metrics: accuracy is not computed, not accumulated and not read back.

Expected: 100 to 300 us: some ten small operations, two variables, and one more value read to Python per batch.
Source: keras/src/trainers/trainer.py (`compute_metrics`, `get_metrics_result`), keras/src/callbacks/callback_list.py
(`pythonify_logs`). The mean of the loss is no metric that can be left out: it stays, it is part of `fit`.
"""

from lenet.variants.rungs.keras_fit_in_order import LeNet as Parent


class LeNet(Parent):
    """Compiled without `metrics`."""

    def _compile(self, sgd):
        self.model.compile(optimizer=sgd, loss="categorical_crossentropy")
