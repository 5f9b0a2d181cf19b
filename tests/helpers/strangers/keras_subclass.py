"""A subclass of keras.Model with a train_step of its own; `fit` shuffles and draws its bar."""

import keras
import tensorflow as tf
from keras import layers

VARIANT = {
    "title": "Keras subclass",
    "packages": ["keras", "tensorflow"],
    "running_loss": True,
    "environment": {"KERAS_BACKEND": "tensorflow"},
}


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv1, self.pool = layers.Conv2D(20, 5, activation="tanh"), layers.MaxPooling2D()
        self.conv2, self.flatten = layers.Conv2D(50, 5, activation="tanh"), layers.Flatten()
        self.dense1, self.dense2 = layers.Dense(500, activation="tanh"), layers.Dense(10)

    def call(self, x):
        x = self.pool(self.conv1(x))
        x = self.pool(self.conv2(x))
        return self.dense2(self.dense1(self.flatten(x)))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return {"loss": loss}


class Report(keras.callbacks.Callback):
    def __init__(self, tick, epoch_end):
        super().__init__()
        self.tick, self.epoch_end = tick, epoch_end

    def on_train_batch_end(self, batch, logs=None):
        self.tick(logs["loss"])

    def on_epoch_end(self, epoch, logs=None):
        self.epoch_end()


class LeNet:
    def __init__(self, weights, settings):
        self.names, self.batch_size = list(weights), settings["batch_size"]
        self.model = Net()
        self.model(tf.zeros((1, 28, 28, 1)))
        self.model.set_weights(list(weights.values()))
        self.model.compile(
            keras.optimizers.SGD(settings["learning_rate"], settings["momentum"]),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )

    def fit(self, images, labels, epochs, tick, epoch_end):
        report = Report(tick, epoch_end)
        self.model.fit(images, labels, self.batch_size, epochs, callbacks=[report], shuffle=False)

    def wait(self, loss):
        return float(loss)

    def weights(self):
        return {name: variable.numpy() for name, variable in zip(self.names, self.model.weights, strict=True)}

    def facts(self):
        return {"device": "cpu", "optimizer": self.model.optimizer, "jit": self.model.jit_compile}
