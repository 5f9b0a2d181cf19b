"""Keras PyDataset: the model of keras_fit, fed by a class in Python that hands out one batch after the other."""

import keras
import tensorflow as tf
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D


class Batches(keras.utils.PyDataset):
    """Batch number `index`: a slice of the images and of their labels."""

    def __init__(self, images, one_hot, batch_size):
        super().__init__()
        self.images, self.one_hot, self.batch_size = images, one_hot, batch_size

    def __len__(self):
        return len(self.images) // self.batch_size

    def __getitem__(self, index):
        batch = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return self.images[batch], self.one_hot[batch]


class LeNet:
    """A Sequential model, one-hot labels and `fit`, which asks for the batches in an order of its own in each epoch."""

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
        self.model.compile(optimizer=sgd, loss="categorical_crossentropy", metrics=["accuracy"])

    def fit(self, images, labels, epochs, tick, epoch_end):
        batches = Batches(images, keras.utils.to_categorical(labels, 10), self.batch_size)
        # The progress bar comes after a batch's end, so it counts towards the next batch.
        hooks = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: tick(logs["loss"]), on_epoch_end=lambda epoch, logs: epoch_end()
        )
        self.model.fit(batches, epochs=epochs, verbose=1, callbacks=[hooks])

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
