"""NumPy reference: LeNet and its gradient by hand, in float64. It defines the right answer."""

import numpy as np
from numpy.lib.stride_tricks import as_strided


def patches(x):
    """Every 5x5 window of x (n, h, w, c) as one row of 25 c. (`sliding_window_view` needs NumPy 1.20.)"""
    n, h, w, c = x.shape
    return as_strided(x, (n, h - 4, w - 4, 5, 5, c), x.strides[:3] + x.strides[1:]).reshape(-1, 25 * c)


def unpatch(rows):
    """Add the rows of conv2 back to the pixels of pool1 that they came from."""
    windows, x = rows.reshape(-1, 8, 8, 5, 5, 20), np.zeros((len(rows) // 64, 12, 12, 20))
    for i, j in np.ndindex(5, 5):
        x[:, i : i + 8, j : j + 8] += windows[:, :, :, i, j]
    return x


def corners(x):
    """The four pixels of every 2x2 window, as views."""
    return [x[:, i::2, j::2] for i, j in np.ndindex(2, 2)]


def unpool(x, gradient):
    """Hand the gradient of each 2x2 window to the first of its largest pixels."""
    result, largest = np.zeros_like(x), np.argmax(corners(x), axis=0)
    for place, corner in enumerate(corners(result)):
        corner[...] = gradient * (largest == place)
    return result


def forward(w, images):
    """Logits (n, 10) last, and before them what the gradient needs. Computes in the dtype of `w` and `images`."""
    rows1 = patches(images)
    conv1 = np.tanh(rows1 @ w["conv1_kernel"].reshape(25, 20) + w["conv1_bias"]).reshape(-1, 24, 24, 20)
    rows2 = patches(np.maximum.reduce(corners(conv1)))
    conv2 = np.tanh(rows2 @ w["conv2_kernel"].reshape(500, 50) + w["conv2_bias"]).reshape(-1, 8, 8, 50)
    flat = np.maximum.reduce(corners(conv2)).reshape(-1, 800)
    dense1 = np.tanh(flat @ w["dense1_kernel"] + w["dense1_bias"])
    return rows1, conv1, rows2, conv2, flat, dense1, dense1 @ w["dense2_kernel"] + w["dense2_bias"]


def cross_entropy(logits, labels):
    """The batch's mean loss, and its gradient with respect to the logits."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    truth = np.eye(10)[labels]
    return -(truth * log_p).sum() / len(labels), (np.exp(log_p) - truth) / len(labels)


def gradients(w, images, labels):
    """The batch's mean loss, and its gradient for every weight."""
    rows1, conv1, rows2, conv2, flat, dense1, logits = forward(w, images)
    loss, d_logits = cross_entropy(logits, labels)
    d_dense1 = d_logits @ w["dense2_kernel"].T * (1 - dense1**2)
    d_pool2 = (d_dense1 @ w["dense1_kernel"].T).reshape(-1, 4, 4, 50)
    d_conv2 = (unpool(conv2, d_pool2) * (1 - conv2**2)).reshape(-1, 50)
    d_pool1 = unpatch(d_conv2 @ w["conv2_kernel"].reshape(500, 50).T)
    d_conv1 = (unpool(conv1, d_pool1) * (1 - conv1**2)).reshape(-1, 20)
    inputs = {"conv1": rows1, "conv2": rows2, "dense1": flat, "dense2": dense1}
    outputs = {"conv1": d_conv1, "conv2": d_conv2, "dense1": d_dense1, "dense2": d_logits}
    result = {name + "_kernel": (inputs[name].T @ d).reshape(w[name + "_kernel"].shape) for name, d in outputs.items()}
    result.update((name + "_bias", d.sum(axis=0)) for name, d in outputs.items())
    return loss, result


class LeNet:
    """SGD with classical momentum: v = m v - lr g; w = w + v."""

    def __init__(self, weights, settings):
        self.settings = settings
        self.parameters = {name: array.astype(np.float64) for name, array in weights.items()}
        self.velocity = {name: np.zeros(array.shape) for name, array in weights.items()}

    def step(self, images, labels):
        loss, gradient = gradients(self.parameters, images, labels)
        for name, v in self.velocity.items():
            v[...] = self.settings["momentum"] * v - self.settings["learning_rate"] * gradient[name]
            self.parameters[name] += v
        return loss

    def wait(self, loss):
        return float(loss)

    def weights(self):
        return {name: array.astype(np.float32) for name, array in self.parameters.items()}

    def facts(self):
        # BLAS takes its threads from the worker's environment; NumPy cannot say how many it took.
        return dict(device="cpu", threads=self.settings["threads"], jit=False, layout="channels_last", dtype="float64")
