"""TensorFlow graph, resident data: images and labels are variables of the graph, which cuts its batches itself.

Expected: 20 to 100 us per batch: no feed, hence no look at its arrays, no conversion and no copy.
Source: tensorflow/tensorflow #2919 and #3377 (feeding costs more than the copy), tensorflow/python/client/session.py.
"""

import tensorflow.compat.v1 as tf

from lenet.variants.rungs.tensorflow_graph_pool_first import LeNet as Parent


class LeNet(Parent):
    """One more variable is the row of the next batch."""

    def _inputs(self, batch_size):
        self.batch_size = batch_size
        self.fed = super()._inputs(batch_size)
        self.data = [tf.Variable(array, trainable=False, validate_shape=False, collections=[]) for array in self.fed]
        self.row = tf.Variable(0, trainable=False)
        return self._next()

    def _next(self):
        row, size = self.row.read_value(), self.batch_size
        images, labels = [array[row : row + size] for array in self.data]
        with tf.control_dependencies([images, labels]):
            step_on = tf.assign(self.row, (row + size) % tf.size(self.data[1]))
        with tf.control_dependencies([step_on]):
            return tf.reshape(images, [-1, 28, 28, 1]), tf.identity(labels)

    def fit(self, images, labels, epochs, tick, epoch_end):
        self._load(images, labels)
        step = self._step()
        for _ in range(epochs):
            for _ in range(len(images) // self.batch_size):
                tick(step()[1])
            epoch_end()

    def _load(self, images, labels):
        self.session.run([array.initializer for array in self.data], dict(zip(self.fed, [images, labels])))

    def _step(self):
        fetches = [self.train, self.loss]
        return lambda: self.session.run(fetches)
