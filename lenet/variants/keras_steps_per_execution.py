"""Keras steps per execution: the program of keras_fit, five batches trained per call from Python."""

import keras
import tensorflow as tf
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D


class Hooks(keras.callbacks.Callback):
    """Three Python calls per five batches. Keras reads the loss for its callbacks in any case: nothing waits."""

    def __init__(self, tick, epoch_end):
        super().__init__()
        self.tick, self.epoch_end = tick, epoch_end

    def on_train_batch_begin(self, batch, logs=None):
        self.first = batch

    def on_train_batch_end(self, batch, logs=None):
        # `batch` is the last one of a full call. The progress bar comes after this: it counts towards the next call.
        self.tick(logs["loss"], min(batch + 1, self.params["steps"]) - self.first)

    def on_epoch_end(self, epoch, logs=None):
        self.epoch_end()


class LeNet:
    """A Sequential model, one-hot labels and `fit`, which loops over the batches of a call inside TensorFlow."""

    def __init__(self, weights, settings):
        tf.config.threading.set_intra_op_parallelism_threads(settings["threads"])
        tf.config.threading.set_inter_op_parallelism_threads(settings["threads"])
        # On a GPU it would round the factors of a product to 10 bits.
        tf.config.experimental.enable_tensor_float_32_execution(False)
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
        # Four fifths of a call's cost are saved, and the clock sees where every fifth batch ends.
        self.model.compile(optimizer=sgd, loss=loss, metrics=metrics, steps_per_execution=5)

    def fit(self, images, labels, epochs, tick, epoch_end):
        one_hot = keras.utils.to_categorical(labels, 10)
        hooks, size = [Hooks(tick, epoch_end)], self.batch_size
        # In order: the check of a variant that shuffles has one batch per epoch, never five in a call.
        self.model.fit(images, one_hot, size, epochs, verbose=1, callbacks=hooks, shuffle=False)

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
