"""tensorflow_function with a learning rate that is one per cent too high."""

from lenet.variants import tensorflow_function


class LeNet(tensorflow_function.LeNet):
    def __init__(self, weights, settings):
        super().__init__(weights, dict(settings, learning_rate=1.01 * settings["learning_rate"]))
