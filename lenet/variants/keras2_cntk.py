"""Keras 2 on CNTK: the program of keras2_fit, unchanged, on Keras's CNTK backend."""

import cntk
import keras
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from keras.models import Sequential


class Hooks(keras.callbacks.Callback):
    """Two Python calls per batch. Keras 2.0 reads loss and accuracy of every batch anyway: nothing waits."""

    def __init__(self, tick, epoch_end):
        super().__init__()
        self.tick, self.epoch_end = tick, epoch_end

    def on_batch_end(self, batch, logs=None):
        # The progress bar comes after this, so it counts towards the next batch.
        self.tick(logs["loss"])

    def on_epoch_end(self, epoch, logs=None):
        self.epoch_end()


class LeNet:
    """A Sequential model, one-hot labels and `fit`, which shuffles, counts accuracy and draws its progress bar."""

    def __init__(self, weights, settings):
        cntk.cntk_py.set_max_num_cputhreads(settings["threads"])
        self.names, self.batch_size = list(weights), settings["batch_size"]
        self.model = Sequential()
        self.model.add(Conv2D(20, kernel_size=(5, 5), activation="tanh", input_shape=(28, 28, 1)))
        self.model.add(MaxPooling2D(pool_size=(2, 2), strides=(2, 2)))
        self.model.add(Conv2D(50, (5, 5), activation="tanh"))
        self.model.add(MaxPooling2D(pool_size=(2, 2), strides=(2, 2)))
        self.model.add(Flatten())
        self.model.add(Dense(500, activation="tanh"))
        self.model.add(Dense(10, activation="softmax"))
        self.model.set_weights(list(weights.values()))
        sgd = keras.optimizers.SGD(lr=settings["learning_rate"], momentum=settings["momentum"])
        self.model.compile(loss="categorical_crossentropy", optimizer=sgd, metrics=["accuracy"])

    def fit(self, images, labels, epochs, tick, epoch_end):
        one_hot = keras.utils.to_categorical(labels, 10)
        hooks = [Hooks(tick, epoch_end)]
        self.model.fit(images, one_hot, batch_size=self.batch_size, epochs=epochs, verbose=1, callbacks=hooks)

    def wait(self, loss):
        # The batch's own loss: Keras 2.0 takes the mean over the epoch in its progress bar only.
        return float(loss)

    def weights(self):
        return dict(zip(self.names, self.model.get_weights()))

    def facts(self):
        device = cntk.device.use_default_device()
        return {
            "device": "cpu" if device.type() == cntk.device.DeviceKind.CPU else "gpu",
            "threads": cntk.cntk_py.get_max_num_cputhreads(),
            "jit": False,
            "layout": keras.backend.image_data_format(),
            "dtype": keras.backend.floatx(),
            "version": keras.__version__,
            "backend": keras.backend.backend(),
        }
