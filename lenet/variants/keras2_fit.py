"""Keras 2 fit: the Keras program of issue 7439, as it was written for Keras 2.0 in July 2017."""

import keras
import tensorflow as tf
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
        threads = settings["threads"]
        config = tf.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=threads)
        keras.backend.set_session(tf.Session(config=config))
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
        session, ran = keras.backend.get_session(), tf.RunMetadata()
        options = tf.RunOptions(output_partition_graphs=True)
        session.run(self.model.weights, options=options, run_metadata=ran)
        devices = {node.device for graph in ran.partition_graphs for node in graph.node}
        return {
            "device": "gpu" if any("gpu" in name.lower() for name in devices) else "cpu",
            "threads": session._config.intra_op_parallelism_threads,
            "jit": session._config.graph_options.optimizer_options.global_jit_level > 0,
            "layout": keras.backend.image_data_format(),
            "dtype": keras.backend.floatx(),
            "version": keras.__version__,
            "backend": keras.backend.backend(),
        }
