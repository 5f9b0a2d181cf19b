"""Keras 2 on Theano: the program of keras2_fit, unchanged, on Keras's Theano backend."""

import os
import sys

# What Theano has compiled, for minutes, it keeps for later runs: in its stack, where a user has it in the home folder.
os.environ["THEANO_FLAGS"] = "device=cpu,floatX=float32,base_compiledir=" + os.path.join(sys.prefix, "compiled")

import keras  # noqa: E402
import theano  # noqa: E402
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D  # noqa: E402
from keras.models import Sequential  # noqa: E402


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


def flipped(array):
    """Theano convolves where the others correlate: its kernels are the others', turned round."""
    return array[::-1, ::-1] if array.ndim == 4 else array


class LeNet:
    """A Sequential model, one-hot labels and `fit`, which shuffles, counts accuracy and draws its progress bar."""

    def __init__(self, weights, settings):
        self.names, self.batch_size = list(weights), settings["batch_size"]
        self.model = Sequential()
        self.model.add(Conv2D(20, kernel_size=(5, 5), activation="tanh", input_shape=(28, 28, 1)))
        self.model.add(MaxPooling2D(pool_size=(2, 2), strides=(2, 2)))
        self.model.add(Conv2D(50, (5, 5), activation="tanh"))
        self.model.add(MaxPooling2D(pool_size=(2, 2), strides=(2, 2)))
        self.model.add(Flatten())
        self.model.add(Dense(500, activation="tanh"))
        self.model.add(Dense(10, activation="softmax"))
        self.model.set_weights([flipped(array) for array in weights.values()])
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
        return dict(zip(self.names, map(flipped, self.model.get_weights())))

    def facts(self):
        return {
            "device": theano.config.device,
            # OpenMP's threads, where Theano was built with it; else its operations run one after the other.
            "threads": int(os.environ["OMP_NUM_THREADS"]) if theano.config.openmp else 1,
            "jit": bool(theano.config.cxx),
            "layout": keras.backend.image_data_format(),
            "dtype": keras.backend.floatx(),
            "version": keras.__version__,
            "backend": keras.backend.backend(),
        }
