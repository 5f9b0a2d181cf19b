"""TensorFlow 1 growing: tensorflow1_graph with one mistake, operations added to the graph in every batch.

The issue's own TensorFlow program made it, in the loop over its test images, which asked for `tf.argmax(logits, 1)`
anew for every batch. TensorFlow prepares a `session.run` that it has not seen before, which takes longer than the batch
(tensorflow/tensorflow #120).
"""

import tensorflow as tf


def network(images, weights):
    """Logits (n, 10) for images (n, 28, 28, 1)."""

    def initial(layer):
        kernel, bias = weights[layer + "_kernel"], weights[layer + "_bias"]
        return {
            "kernel_initializer": tf.constant_initializer(kernel),
            "bias_initializer": tf.constant_initializer(bias),
        }

    conv1 = tf.layers.conv2d(images, filters=20, kernel_size=5, strides=1, padding="valid", **initial("conv1"))
    tanh1 = tf.tanh(conv1)
    pool1 = tf.layers.max_pooling2d(tanh1, pool_size=2, strides=2, padding="valid")
    conv2 = tf.layers.conv2d(pool1, filters=50, kernel_size=5, strides=1, padding="valid", **initial("conv2"))
    tanh2 = tf.tanh(conv2)
    pool2 = tf.layers.max_pooling2d(tanh2, pool_size=2, strides=2, padding="valid")
    flatten = tf.reshape(pool2, shape=[-1, 50 * 4 * 4])
    fc1 = tf.layers.dense(flatten, 500, activation=tf.tanh, **initial("dense1"))
    return tf.layers.dense(fc1, 10, **initial("dense2"))


class LeNet:
    """One `session.run` per batch, of a graph that has grown since the batch before."""

    def __init__(self, weights, settings):
        self.images = tf.placeholder(tf.float32, shape=[None, 28, 28, 1])
        self.labels = tf.placeholder(tf.int32, shape=[None])
        self.logits = network(self.images, weights)
        self.parameters = dict(zip(weights, tf.trainable_variables()))
        xentropy = tf.nn.sparse_softmax_cross_entropy_with_logits(logits=self.logits, labels=self.labels)
        self.loss = tf.reduce_mean(xentropy)
        optimizer = tf.train.MomentumOptimizer(settings["learning_rate"], settings["momentum"])
        self.train = optimizer.minimize(self.loss)
        threads = settings["threads"]
        config = tf.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=threads)
        self.session = tf.Session(config=config)
        self.session.run(tf.global_variables_initializer())

    def step(self, images, labels):
        # Built anew in every batch: that is the mistake.
        digits = tf.argmax(self.logits, 1)
        fetches, batch = [self.train, self.loss, digits], {self.images: images, self.labels: labels}
        _, loss, _ = self.session.run(fetches, feed_dict=batch)
        return loss

    def wait(self, loss):
        return float(loss)

    def weights(self):
        return self.session.run(self.parameters)

    def facts(self):
        ran = tf.RunMetadata()
        self.session.run(self.parameters, options=tf.RunOptions(output_partition_graphs=True), run_metadata=ran)
        devices = {node.device for graph in ran.partition_graphs for node in graph.node}
        config = self.session._config
        return {
            "device": "gpu" if any("gpu" in name.lower() for name in devices) else "cpu",
            "threads": config.intra_op_parallelism_threads,
            "jit": config.graph_options.optimizer_options.global_jit_level > 0,
            "layout": "channels_last",
            "dtype": "float32",
            "version": tf.__version__,
        }
