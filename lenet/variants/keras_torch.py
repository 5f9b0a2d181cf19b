"""Keras on PyTorch: the program of keras_fit, unchanged, on Keras's PyTorch backend."""

import keras
import torch
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D


class Hooks(keras.callbacks.Callback):
    """The end of an epoch. A hook for each batch would turn off the asynchronous callbacks of Keras on PyTorch."""

    def __init__(self, epoch_end):
        super().__init__()
        self.epoch_end = epoch_end

    def on_epoch_end(self, epoch, logs=None):
        self.epoch_end()


class LeNet:
    """A Sequential model, one-hot labels and `fit`, its train function wrapped to see where a batch ends.

    Keras takes the GPU where PyTorch sees one.
    """

    def __init__(self, weights, settings):
        torch.set_num_threads(settings["threads"])
        # On a GPU these would round the factors of a product to 10 bits.
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        self.names, self.batch_size = list(weights), settings["batch_size"]
        self.model = self._network(weights)
        self._compile(keras.optimizers.SGD(settings["learning_rate"], settings["momentum"]))

    def _network(self, weights):
        model = keras.Sequential(
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
        model.set_weights(list(weights.values()))
        return model

    def _compile(self, sgd):
        self.model.compile(optimizer=sgd, loss="categorical_crossentropy", metrics=["accuracy"])

    def fit(self, images, labels, epochs, tick, epoch_end):
        self._tick_in_the_train_function(tick)
        self._train(images, keras.utils.to_categorical(labels, 10), epochs, [Hooks(epoch_end)])

    def _tick_in_the_train_function(self, tick):
        train = self.model.make_train_function() or self.model.train_function

        def train_and_tick(data):
            logs = train(data)
            tick(logs["loss"])
            return logs

        self.model.train_function = train_and_tick

    def _train(self, images, targets, epochs, hooks):
        self.model.fit(images, targets, self.batch_size, epochs, verbose=1, callbacks=hooks)

    def wait(self, loss):
        # Keras's mean over the epoch so far, not the batch's own loss.
        return float(loss)

    def weights(self):
        return dict(zip(self.names, self.model.get_weights()))

    def facts(self):
        return {
            "device": "gpu" if self.model.variables[0].value.is_cuda else "cpu",
            "threads": torch.get_num_threads(),
            "jit": self.model.jit_compile,
            "layout": keras.config.image_data_format(),
            "dtype": self.model.compute_dtype,
            "version": keras.__version__,
            "backend": keras.config.backend(),
            "tf32": torch.backends.cuda.matmul.allow_tf32 or torch.backends.cudnn.allow_tf32,
        }
