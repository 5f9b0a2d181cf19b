"""TensorFlow 1 fit, unfused: Keras's SGD, six operations for each of the eight weights.

Expected: 100 us per batch and more, what keras2_loop_fused saves. From here to keras2_fit only the layers change.
Source: keras/optimizers.py (`SGD`) of Keras 2.0.6; keras-team/keras #7818.
"""

import keras

from lenet.variants.rungs.tensorflow1_fit_ungated import LeNet as Parent


class LeNet(Parent):
    """The same loop; TensorFlow's own update stays in the graph and is not run."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        sgd = keras.optimizers.SGD(lr=settings["learning_rate"], momentum=settings["momentum"])
        self.updates = sgd.get_updates(list(self.parameters.values()), {}, self.loss)

    def _updates(self):
        return self.updates
