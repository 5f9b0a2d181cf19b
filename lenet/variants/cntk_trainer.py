"""CNTK trainer: the CNTK program that was timed beside those of issue 7439, in CNTK 2.7."""

import cntk
import numpy as np
from cntk.layers import Convolution2D, Dense, MaxPooling


class LeNet:
    """One `train_minibatch` per batch; kernels are (out, in, h, w) and images (n, 1, 28, 28)."""

    def __init__(self, weights, settings):
        cntk.cntk_py.set_max_num_cputhreads(settings["threads"])
        cntk.device.try_set_default_device(cntk.device.cpu() if settings["device"] == "cpu" else cntk.device.gpu(0))
        self.images = cntk.input_variable((1, 28, 28), np.float32)
        self.labels = cntk.input_variable(10, np.float32)
        with cntk.layers.default_options(activation=cntk.tanh):
            conv1, conv2 = Convolution2D((5, 5), 20), Convolution2D((5, 5), 50)
            dense1, dense2 = Dense(500), Dense(10, activation=None)
        pool = MaxPooling((2, 2), strides=(2, 2), pad=False)
        logits = dense2(dense1(pool(conv2(pool(conv1(self.images))))))
        self.layers = {"conv1": conv1, "conv2": conv2, "dense1": dense1, "dense2": dense2}
        self._load(weights)
        loss = cntk.cross_entropy_with_softmax(logits, self.labels)
        error = cntk.classification_error(logits, self.labels)
        rate = cntk.learning_parameter_schedule(settings["learning_rate"])
        momentum = cntk.momentum_schedule(settings["momentum"])
        # By default (unit_gain) CNTK scales the gradient by 1 - momentum.
        learner = cntk.momentum_sgd(logits.parameters, rate, momentum, unit_gain=False)
        self.trainer = cntk.Trainer(logits, (loss, error), [learner])

    def _load(self, weights):
        for name, layer in self.layers.items():
            kernel, bias = weights[name + "_kernel"], weights[name + "_bias"]
            if name == "dense1":
                kernel = kernel.reshape(4, 4, 50, 500).transpose(2, 0, 1, 3)
            layer.W.value = kernel.transpose(3, 2, 0, 1) if name.startswith("conv") else kernel
            layer.b.value = bias.reshape(layer.b.shape)

    def step(self, images, labels):
        # One-hot here because a step is given one batch; the original did it once, before training.
        one_hot = np.eye(10, dtype=np.float32)[labels]
        self.trainer.train_minibatch({self.images: images.reshape(-1, 1, 28, 28), self.labels: one_hot})
        return self.trainer.previous_minibatch_loss_average

    def wait(self, loss):
        return float(loss)

    def weights(self):
        result = {}
        for name, layer in self.layers.items():
            kernel = layer.W.value
            if name == "dense1":
                kernel = kernel.transpose(1, 2, 0, 3).reshape(800, 500)
            result[name + "_kernel"] = kernel.transpose(2, 3, 1, 0) if name.startswith("conv") else kernel
            result[name + "_bias"] = layer.b.value.ravel()
        return result

    def facts(self):
        device = cntk.device.use_default_device()
        return {
            "device": "cpu" if device.type() == cntk.device.DeviceKind.CPU else "gpu",
            "threads": cntk.cntk_py.get_max_num_cputhreads(),
            "jit": False,
            "layout": "channels_first",
            "dtype": "float32",
            "version": cntk.__version__,
        }
