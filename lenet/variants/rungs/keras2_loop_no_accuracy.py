"""Keras 2 loop, no accuracy: metrics are neither computed nor fetched.

Expected: tens of us per batch, for five small operations and one more array to hand over.
Source: keras/metrics.py (`categorical_accuracy`) of Keras 2.0.6; tensorflow/tensorflow PR #5176.
"""

from lenet.variants.rungs.keras2_loop import LeNet as Parent


class LeNet(Parent):
    """The same loop, compiled without metrics."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.model.compile(loss=self.model.loss, optimizer=self.model.optimizer)
