"""TensorFlow Keras loop: the loop of TensorFlow 2's tutorial for experts, with layers, SGD and metrics of Keras."""

import keras
import tensorflow as tf
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D


class Network(keras.Model):
    """Logits (n, 10) for images (n, 28, 28, 1)."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = Conv2D(20, 5, activation="tanh"), Conv2D(50, 5, activation="tanh")
        self.pool, self.flatten = MaxPooling2D(2), Flatten()
        self.dense1, self.dense2 = Dense(500, activation="tanh"), Dense(10)

    def call(self, images):
        pool1 = self.pool(self.conv1(images))
        pool2 = self.pool(self.conv2(pool1))
        return self.dense2(self.dense1(self.flatten(pool2)))


class LeNet:
    """A `tf.data` pipeline that shuffles, and one call of a traced function per batch, which counts accuracy too."""

    def __init__(self, weights, settings):
        tf.config.threading.set_intra_op_parallelism_threads(settings["threads"])
        tf.config.threading.set_inter_op_parallelism_threads(settings["threads"])
        # On a GPU it would round the factors of a product to 10 bits.
        tf.config.experimental.enable_tensor_float_32_execution(False)
        self.names, self.batch_size = list(weights), settings["batch_size"]
        self.model = Network()
        self.model(tf.zeros([1, 28, 28, 1]))
        self.model.set_weights(list(weights.values()))
        self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.optimizer = keras.optimizers.SGD(settings["learning_rate"], settings["momentum"])
        self.mean_loss, self.accuracy = keras.metrics.Mean(), keras.metrics.SparseCategoricalAccuracy()

    def fit(self, images, labels, epochs, tick, epoch_end):
        dataset = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(10_000).batch(self.batch_size)
        for _ in range(epochs):
            self.mean_loss.reset_state()
            self.accuracy.reset_state()
            for images, labels in dataset:
                tick(self._train(images, labels))
            epoch_end()

    @tf.function
    def _train(self, images, labels):
        with tf.GradientTape() as tape:
            logits = self.model(images, training=True)
            loss = self.loss(labels, logits)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.model.trainable_variables))
        self.mean_loss(loss)
        self.accuracy(labels, logits)
        # The tutorial's returns nothing; the clock asks for it.
        return loss

    def wait(self, loss):
        return float(loss)

    def weights(self):
        return dict(zip(self.names, self.model.get_weights()))

    def facts(self):
        device = tf.convert_to_tensor(self.model.variables[0]).device
        return {
            "device": "gpu" if "GPU" in device else "cpu",
            "threads": tf.config.threading.get_intra_op_parallelism_threads(),
            "jit": tf.config.optimizer.get_jit() or False,
            "layout": keras.backend.image_data_format(),
            "dtype": self.model.compute_dtype,
            "version": keras.__version__,
            "backend": keras.backend.backend(),
            "tf32": tf.config.experimental.tensor_float_32_execution_enabled(),
        }
