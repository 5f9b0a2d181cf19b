"""Keras on PyTorch compiled: the program of keras_torch, its step through `torch.compile` (`jit_compile=True`)."""

import keras
import torch
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

from lenet.variants.keras_torch import Hooks


class LeNet:
    """A Sequential model, one-hot labels and `fit`, its train function wrapped to see where a batch ends.

    Keras takes the GPU where PyTorch sees one.
    """

    def __init__(self, weights, settings):
        torch.set_num_threads(settings["threads"])
        # On a GPU these would round the factors of a product to 10 bits.
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        self.names, self.batch_size = list(weights), settings["batch_size"]
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
        sgd = keras.optimizers.SGD(settings["learning_rate"], settings["momentum"])
        loss, metrics = "categorical_crossentropy", ["accuracy"]
        self.model.compile(optimizer=sgd, loss=loss, metrics=metrics, jit_compile=True)

    def fit(self, images, labels, epochs, tick, epoch_end):
        self.model.make_train_function()
        train = self.model.train_function

        def train_and_tick(data):
            logs = train(data)
            tick(logs["loss"])
            return logs

        self.model.train_function = train_and_tick
        one_hot = keras.utils.to_categorical(labels, 10)
        self.model.fit(images, one_hot, self.batch_size, epochs, verbose=1, callbacks=[Hooks(epoch_end)])

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
