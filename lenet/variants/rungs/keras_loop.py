"""Keras loop: a training loop of one's own instead of `fit`, as in Keras's guide; same layers, loss and optimizer.

Left out with `fit`: its tf.data pipeline (prefetch, iterator), the callbacks, the mean of the loss and its three
variables, the nested functions. Instead each batch is handed over as NumPy arrays.

Expected: 200 to 500 us per batch, most of it Python and the hand-over between the pipeline's threads.
Source: keras/src/backend/tensorflow/trainer.py (`train_step`, `_make_function`, `fit`); tensorflow/tensorflow #33340
("not amortized by small models").
"""

import tensorflow as tf

from lenet.variants.rungs.keras_fit_logits import LeNet as Parent


class LeNet(Parent):
    """One call of a traced function per batch, around the Keras model."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        batch = settings["batch_size"]
        signature = [tf.TensorSpec([batch, 28, 28, 1], tf.float32), tf.TensorSpec([batch], tf.int64)]
        self.step = tf.function(self.step, input_signature=signature)
        self.step.get_concrete_function()

    def step(self, images, labels):
        with tf.GradientTape() as tape:
            loss = self.model.loss(labels, self.model(images, training=True))
        weights = self.model.trainable_weights
        self.model.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return loss
