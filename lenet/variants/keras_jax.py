"""Keras on JAX: the program of keras_fit, unchanged, on Keras's JAX backend, which compiles its step."""

import jax
import keras
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D


class Hooks(keras.callbacks.Callback):
    """The end of an epoch. A hook for each batch would turn off the asynchronous callbacks that Keras has on JAX."""

    def __init__(self, epoch_end):
        super().__init__()
        self.epoch_end = epoch_end

    def on_epoch_end(self, epoch, logs=None):
        self.epoch_end()


class LeNet:
    """A Sequential model, one-hot labels and `fit`, its train function wrapped to see where a batch ends."""

    def __init__(self, weights, settings):
        # On a GPU products would round their factors to 10 bits.
        jax.config.update("jax_default_matmul_precision", "highest")
        self.names, self.settings = list(weights), settings
        self.model = keras.Sequential(
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
        self._compile(keras.optimizers.SGD(settings["learning_rate"], settings["momentum"]))

    def _compile(self, sgd):
        self.model.compile(optimizer=sgd, loss="categorical_crossentropy", metrics=["accuracy"])

    def fit(self, images, labels, epochs, tick, epoch_end):
        self._tick_in_the_train_function(tick)
        self._train(images, keras.utils.to_categorical(labels, 10), epochs, [Hooks(epoch_end)])

    def _tick_in_the_train_function(self, tick):
        self.model.make_train_function()
        train = self.model.train_function

        def train_and_tick(state, iterator):
            logs, state = train(state, iterator)
            tick(logs["loss"])
            return logs, state

        self.model.train_function = train_and_tick

    def _train(self, images, targets, epochs, hooks):
        self.model.fit(images, targets, self.settings["batch_size"], epochs, verbose=1, callbacks=hooks)

    def wait(self, loss):
        # Keras's mean over the epoch so far. It comes out of the call that updates the weights, ready when they are.
        return float(loss)

    def weights(self):
        return dict(zip(self.names, self.model.get_weights()))

    def facts(self):
        return {
            "device": self.model.variables[0].value.device.platform,
            # XLA takes its threads from the worker's environment (NPROC) and cannot say how many it took.
            "threads": self.settings["threads"],
            "jit": self.model.jit_compile,
            "layout": keras.config.image_data_format(),
            "dtype": self.model.compute_dtype,
            "version": keras.__version__,
            "backend": keras.config.backend(),
        }
