"""Keras on tf.data: the model of keras_fit, fed by a pipeline that shuffles, cuts batches and prefetches them."""

import keras
import tensorflow as tf
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D


class Hooks(keras.callbacks.Callback):
    """Two Python calls per batch. Keras reads the loss for its callbacks even where there are none: nothing waits."""

    def __init__(self, tick, epoch_end):
        super().__init__()
        self.tick, self.epoch_end = tick, epoch_end

    def on_train_batch_end(self, batch, logs=None):
        # The progress bar comes after this, so it counts towards the next batch.
        self.tick(logs["loss"])

    def on_epoch_end(self, epoch, logs=None):
        self.epoch_end()


class LeNet:
    """A Sequential model, one-hot labels and `fit` on a dataset; `fit` counts accuracy and draws its progress bar."""

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
        dataset = tf.data.Dataset.from_tensor_slices((images, keras.utils.to_categorical(labels, 10)))
        dataset = dataset.shuffle(len(images)).batch(self.batch_size).prefetch(tf.data.AUTOTUNE)
        self.model.fit(dataset, epochs=epochs, verbose=1, callbacks=[Hooks(tick, epoch_end)])

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
