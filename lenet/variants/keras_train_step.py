"""Keras train_step: `fit` with a training step of one's own, as Keras's guide overrides it."""

import keras
import tensorflow as tf
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D


class Network(keras.Sequential):
    """The model of keras_fit; Keras's guide to customizing `fit` writes its step so."""

    def train_step(self, data):
        images, labels = data
        with tf.GradientTape() as tape:
            predicted = self(images, training=True)
            loss = self.compute_loss(y=labels, y_pred=predicted)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(labels, predicted)
        return {metric.name: metric.result() for metric in self.metrics}


class LeNet:
    """A model whose `train_step` computes gradients by a tape; `fit` shuffles, counts accuracy and draws its bar."""

    def __init__(self, weights, settings):
        tf.config.threading.set_intra_op_parallelism_threads(settings["threads"])
        tf.config.threading.set_inter_op_parallelism_threads(settings["threads"])
        # On a GPU it would round the factors of a product to 10 bits.
        tf.config.experimental.enable_tensor_float_32_execution(False)
        self.names, self.batch_size = list(weights), settings["batch_size"]
        self.model = Network(
            [
                keras.Input((28, 28, 1)),
                Conv2D(20, 5, activation="tanh"),
                MaxPooling2D(2),
                Conv2D(50, 5, activation="tanh"),
                MaxPooling2D(2),
                Flatten(),
                Dense(500, activation="tanh"),
                Dense(10, activation="softmax"),
            ]
        )
        self.model.set_weights(list(weights.values()))
        sgd = keras.optimizers.SGD(settings["learning_rate"], settings["momentum"])
        self.model.compile(optimizer=sgd, loss="categorical_crossentropy", metrics=["accuracy"])

    def fit(self, images, labels, epochs, tick, epoch_end):
        one_hot = keras.utils.to_categorical(labels, 10)
        # The progress bar comes after a batch's end, so it counts towards the next batch.
        hooks = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: tick(logs["loss"]), on_epoch_end=lambda epoch, logs: epoch_end()
        )
        self.model.fit(images, one_hot, self.batch_size, epochs, verbose=1, callbacks=[hooks])

    def wait(self, loss):
        # Keras's mean over the epoch so far, not the batch's own loss.
        return float(loss)

    def weights(self):
        return dict(zip(self.names, self.model.get_weights()))

    def facts(self):
        device = tf.convert_to_tensor(self.model.variables[0]).device
        return {
            "device": "gpu" if "GPU" in device else "cpu",
            "threads": tf.config.threading.get_intra_op_parallelism_threads(),
            "jit": bool(self.model.jit_compile),
            "layout": keras.backend.image_data_format(),
            "dtype": self.model.compute_dtype,
            "version": keras.__version__,
            "backend": keras.backend.backend(),
            "tf32": tf.config.experimental.tensor_float_32_execution_enabled(),
        }
