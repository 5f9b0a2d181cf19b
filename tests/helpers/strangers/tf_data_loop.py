"""A custom loop over a tf.data pipeline that prefetches, as TensorFlow's guides write it; prints as it goes."""

import tensorflow as tf
from tensorflow import keras

VARIANT = {
    "title": "tf.data loop",
    "packages": ["keras", "tensorflow"],
    "written_as": "tutorial",
    "environment": {"KERAS_BACKEND": "tensorflow"},
}


class LeNet:
    def __init__(self, weights, settings):
        tf.config.threading.set_intra_op_parallelism_threads(settings["threads"])
        self.names, self.batch_size = list(weights), settings["batch_size"]
        self.model = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                keras.layers.Conv2D(20, 5, activation="tanh"),
                keras.layers.MaxPooling2D(2),
                keras.layers.Conv2D(50, 5, activation="tanh"),
                keras.layers.MaxPooling2D(2),
                keras.layers.Flatten(),
                keras.layers.Dense(500, activation="tanh"),
                keras.layers.Dense(10),
            ]
        )
        self.model.set_weights(list(weights.values()))
        self.loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.optimizer = keras.optimizers.SGD(settings["learning_rate"], settings["momentum"])

    @tf.function
    def train_step(self, x, y):
        with tf.GradientTape() as tape:
            loss = self.loss_fn(y, self.model(x, training=True))
        gradients = tape.gradient(loss, self.model.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.model.trainable_weights, strict=True))
        return loss

    def fit(self, images, labels, epochs, tick, epoch_end):
        dataset = tf.data.Dataset.from_tensor_slices((images, labels)).batch(self.batch_size).prefetch(2)
        for epoch in range(epochs):
            print(f"\nStart of epoch {epoch}")
            for x, y in dataset:
                tick(self.train_step(x, y))
            epoch_end()

    def wait(self, loss):
        return float(loss)

    def weights(self):
        return dict(zip(self.names, self.model.get_weights(), strict=True))

    def facts(self):
        return {"device": "cpu", "threads": 1, "jit": True, "layout": "channels_last", "dtype": "float32"}
