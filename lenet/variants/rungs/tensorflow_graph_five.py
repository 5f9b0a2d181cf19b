"""TensorFlow graph, five: five batches per `session.run`, their updates one after the other in the graph.

Expected: four fifths of what a `session.run` costs, 50 to 150 us per batch.
Source: tensorflow/python/client/session.py; keras/src/trainers/trainer.py (`steps_per_execution`).
"""

import tensorflow.compat.v1 as tf

from lenet.variants.rungs.tensorflow_graph_callable import LeNet as Parent

BATCHES_PER_CALL = 5


class LeNet(Parent):
    """Each update waits for the one before it and reads the weights anew; an epoch's last few go one by one."""

    def _update(self, optimizer):
        self.one = train, loss = super()._update(optimizer)
        variables = self.parameters
        for _ in range(BATCHES_PER_CALL - 1):
            with tf.control_dependencies([train]):
                self.images, self.labels = self._next()
                self.parameters = {name: variable.read_value() for name, variable in variables.items()}
                train, loss = super()._update(optimizer)
        self.parameters = variables
        return train, loss

    def fit(self, images, labels, epochs, tick, epoch_end):
        self._load(images, labels)
        five, one = self._step(), self.session.make_callable(list(self.one))
        calls, rest = divmod(len(images) // self.batch_size, BATCHES_PER_CALL)
        for _ in range(epochs):
            for _ in range(calls):
                tick(five()[1], BATCHES_PER_CALL)
            for _ in range(rest):
                tick(one()[1])
            epoch_end()
