"""TensorFlow retracing: tensorflow_function with one mistake, a Python number among the arguments of its step.

Each new number is another function to `tf.function`, which traces it anew: the batch's number makes that every batch.
"""

import tensorflow as tf


def network(w, images):
    """Logits (n, 10) for images (n, 28, 28, 1)."""
    conv1 = tf.tanh(tf.nn.bias_add(tf.nn.conv2d(images, w["conv1_kernel"], 1, "VALID"), w["conv1_bias"]))
    pool1 = tf.nn.max_pool2d(conv1, 2, 2, "VALID")
    conv2 = tf.tanh(tf.nn.bias_add(tf.nn.conv2d(pool1, w["conv2_kernel"], 1, "VALID"), w["conv2_bias"]))
    pool2 = tf.nn.max_pool2d(conv2, 2, 2, "VALID")
    flat = tf.reshape(pool2, [-1, 800])
    dense1 = tf.tanh(tf.nn.bias_add(tf.matmul(flat, w["dense1_kernel"]), w["dense1_bias"]))
    return tf.nn.bias_add(tf.matmul(dense1, w["dense2_kernel"]), w["dense2_bias"])


class LeNet:
    """A step that is told its number, for a warm-up of the learning rate that is switched off here."""

    def __init__(self, weights, settings):
        tf.config.threading.set_intra_op_parallelism_threads(settings["threads"])
        tf.config.threading.set_inter_op_parallelism_threads(settings["threads"])
        # On a GPU it would round the factors of a product to 10 bits.
        tf.config.experimental.enable_tensor_float_32_execution(False)
        self.parameters = {name: tf.Variable(array) for name, array in weights.items()}
        self.learning_rate, self.warm_up, self.number = settings["learning_rate"], 0, 0
        # TensorFlow's own optimizer: the one in the tutorials is Keras's.
        self.optimizer = tf.compat.v1.train.MomentumOptimizer(self._rate, settings["momentum"])
        self.train = tf.function(self._train)

    def step(self, images, labels):
        self.number += 1
        # The mistake: an int. As `tf.constant(self.number)` it would be traced once.
        return self.train(images, labels, self.number)

    def _train(self, images, labels, number):
        self.rate = self.learning_rate * min(1.0, number / max(1, self.warm_up))
        with tf.GradientTape() as tape:
            logits = network(self.parameters, images)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
        parameters = list(self.parameters.values())
        self.optimizer.apply_gradients(zip(tape.gradient(loss, parameters), parameters))
        return loss

    def _rate(self):
        return self.rate

    def wait(self, loss):
        return float(loss)

    def weights(self):
        return {name: variable.numpy() for name, variable in self.parameters.items()}

    def facts(self):
        device = self.parameters["dense1_kernel"].device
        return {
            "device": "gpu" if "GPU" in device else "cpu",
            "threads": tf.config.threading.get_intra_op_parallelism_threads(),
            "jit": tf.config.optimizer.get_jit() or False,
            "layout": "channels_last",
            "dtype": "float32",
            "version": tf.__version__,
            "tf32": tf.config.experimental.tensor_float_32_execution_enabled(),
        }
