"""TensorFlow graph: the TensorFlow program of issue 7439, with placeholders, a session and a feed for each batch."""

import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


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
    """One `session.run` per batch; the batch is copied in through `feed_dict`."""

    def __init__(self, weights, settings):
        # On a GPU it would round the factors of a product to 10 bits.
        tf.config.experimental.enable_tensor_float_32_execution(False)
        self.images, self.labels = self._inputs(settings["batch_size"])
        self.parameters = {name: tf.Variable(array) for name, array in weights.items()}
        optimizer = tf.train.MomentumOptimizer(settings["learning_rate"], settings["momentum"])
        self.train, self.loss = self._update(optimizer)
        threads = settings["threads"]
        config = tf.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=threads)
        self.session = tf.Session(config=config)
        self.session.run(tf.global_variables_initializer())
        # From here on a step that adds an operation is an error: nothing is re-created.
        self.session.graph.finalize()

    def _inputs(self, batch_size):
        return tf.placeholder(tf.float32, [None, 28, 28, 1]), tf.placeholder(tf.int64, [None])

    def _update(self, optimizer):
        logits = self._network(self.images)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=self.labels, logits=logits))
        return optimizer.minimize(loss), loss

    def _network(self, images):
        return network(self.parameters, images)

    def step(self, images, labels):
        # The original ran the training operation alone; the loss is fetched here for the loss curve.
        _, loss = self.session.run([self.train, self.loss], {self.images: images, self.labels: labels})
        return loss

    def wait(self, loss):
        return float(loss)

    def weights(self):
        return self.session.run(self.parameters)

    def facts(self):
        ran = tf.RunMetadata()
        self.session.run(self.parameters, options=tf.RunOptions(output_partition_graphs=True), run_metadata=ran)
        devices = {node.device for graph in ran.partition_graphs for node in graph.node}
        return {
            "device": "gpu" if any("GPU" in name for name in devices) else "cpu",
            "threads": self.session._config.intra_op_parallelism_threads,
            "jit": tf.config.optimizer.get_jit() or False,
            "layout": "channels_last",
            "dtype": "float32",
            "version": tf.__version__,
            "tf32": tf.config.experimental.tensor_float_32_execution_enabled(),
        }
