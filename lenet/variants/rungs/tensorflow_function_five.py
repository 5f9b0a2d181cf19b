"""TensorFlow bare function, five: trains five resident batches per call.

Expected: four fifths of what a call costs, 50 to 150 us per batch.
Source: keras/src/trainers/trainer.py (`steps_per_execution`, for "small models with a large Python overhead").
"""

import tensorflow as tf

from lenet.variants.rungs.tensorflow_function_resident import LeNet as Parent

BATCHES_PER_CALL = 5


class LeNet(Parent):
    """The step written five times into one function; one with fewer is traced where an epoch ends in fewer."""

    def _trace(self):
        return tf.function(self.step)

    def fit(self, images, labels, epochs, tick, epoch_end):
        images, labels = images.reshape(-1, self.batch_size, 28, 28, 1), labels.reshape(-1, self.batch_size)
        rows = [slice(first, first + BATCHES_PER_CALL) for first in range(0, len(images), BATCHES_PER_CALL)]
        calls = [(tf.constant(images[row]), tf.constant(labels[row])) for row in rows]
        for _ in range(epochs):
            for batches in calls:
                tick(self.step(*batches), len(batches[0]))
            epoch_end()

    def step(self, images, labels):
        for image, label in zip(tf.unstack(images), tf.unstack(labels)):
            loss = Parent.step(self, image, label)
        return loss
