"""TensorFlow bare function: a loop by hand around a step compiled by `tf.function`, with no part of Keras in it."""

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
    """One call of a traced function per batch; its arguments are the batch's NumPy arrays."""

    def __init__(self, weights, settings):
        tf.config.threading.set_intra_op_parallelism_threads(settings["threads"])
        tf.config.threading.set_inter_op_parallelism_threads(settings["threads"])
        # On a GPU it would round the factors of a product to 10 bits.
        tf.config.experimental.enable_tensor_float_32_execution(False)
        self.parameters = {name: tf.Variable(array) for name, array in weights.items()}
        # TensorFlow's own optimizer: the one in the tutorials is Keras's.
        self.optimizer = tf.compat.v1.train.MomentumOptimizer(settings["learning_rate"], settings["momentum"])
        self.batch_size = settings["batch_size"]
        self.step = self._trace()

    def _trace(self):
        images = tf.TensorSpec([self.batch_size, 28, 28, 1], tf.float32)
        step = tf.function(self.step, input_signature=[images, tf.TensorSpec([self.batch_size], tf.int64)])
        step.get_concrete_function()
        return step

    def step(self, images, labels):
        with tf.GradientTape() as tape:
            loss = self._loss(labels, self._network(images))
        parameters = list(self.parameters.values())
        self.optimizer.apply_gradients(zip(tape.gradient(loss, parameters), parameters))
        return loss

    def _network(self, images):
        return network(self.parameters, images)

    def _loss(self, labels, logits):
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))

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
