"""Keras 2 fit, new SGD: the program of tf_keras_fit with the optimizer that tf_keras has by default."""

import tensorflow as tf
import tf_keras
from tf_keras.layers import Conv2D, Dense, Flatten, MaxPooling2D


class LeNet:
    """A Sequential model, one-hot labels and `fit`, its train function wrapped to see where a batch ends."""

    def __init__(self, weights, settings):
        tf.config.threading.set_intra_op_parallelism_threads(settings["threads"])
        tf.config.threading.set_inter_op_parallelism_threads(settings["threads"])
        # On a GPU it would round the factors of a product to 10 bits.
        tf.config.experimental.enable_tensor_float_32_execution(False)
        self.names, self.batch_size = list(weights), settings["batch_size"]
        self.model = self._network(weights)
        sgd = tf_keras.optimizers.SGD(settings["learning_rate"], settings["momentum"])
        self.model.compile(optimizer=sgd, loss="categorical_crossentropy", metrics=["accuracy"])

    def _network(self, weights):
        model = tf_keras.Sequential(
            [
                tf_keras.Input((28, 28, 1)),
                Conv2D(20, 5, activation="tanh"),
                MaxPooling2D(2),
                Conv2D(50, 5, activation="tanh"),
                MaxPooling2D(2),
                Flatten(),
                Dense(500, activation="tanh"),
                Dense(10, activation="softmax"),
            ]
        )
        model.set_weights(list(weights.values()))
        return model

    def fit(self, images, labels, epochs, tick, epoch_end):
        self._tick_in_the_train_function(tick)
        one_hot = tf_keras.utils.to_categorical(labels, 10)
        # A class of one's own would make Keras 2 take the time of every callback, to warn of slow ones.
        hooks = tf_keras.callbacks.Callback()
        hooks.on_epoch_end = lambda epoch, logs: epoch_end()
        self.model.fit(images, one_hot, batch_size=self.batch_size, epochs=epochs, verbose=1, callbacks=[hooks])

    def _tick_in_the_train_function(self, tick):
        train = self.model.make_train_function()

        def train_and_tick(iterator):
            logs = train(iterator)
            tick(logs["loss"])
            return logs

        self.model.train_function = train_and_tick

    def wait(self, loss):
        # Keras's mean over the epoch so far, not the batch's own loss.
        return float(loss)

    def weights(self):
        return dict(zip(self.names, self.model.get_weights()))

    def facts(self):
        device = self.model.variables[0].device
        return {
            "device": "gpu" if "GPU" in device else "cpu",
            "threads": tf.config.threading.get_intra_op_parallelism_threads(),
            "jit": bool(self.model.jit_compile),
            "layout": tf_keras.backend.image_data_format(),
            "dtype": self.model.compute_dtype,
            "version": tf_keras.__version__,
            "backend": tf_keras.backend.backend(),
            "tf32": tf.config.experimental.tensor_float_32_execution_enabled(),
        }
