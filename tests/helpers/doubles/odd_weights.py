"""Gives weights of which something is wrong; the variable ODD says what."""

import os

import numpy as np

from tests.helpers.doubles import plain

CLASSIC = {"conv1_kernel": (5, 5, 1, 6), "conv1_bias": (6,), "conv2_kernel": (5, 5, 6, 16), "conv2_bias": (16,)}


def without(weights, name):
    return {other: array for other, array in weights.items() if other != name}


ODD = {
    "classic": lambda w: dict(w, **{name: np.zeros(shape, np.float32) for name, shape in CLASSIC.items()}),
    "missing": lambda w: without(w, "conv2_bias"),
    "empty": lambda w: {},
    "extra": lambda w: dict(w, dense3_bias=np.zeros(10)),
    "renamed": lambda w: dict(without(w, "dense1_bias"), fc1_bias=w["dense1_bias"]),
    "transposed": lambda w: dict(w, dense1_kernel=w["dense1_kernel"].T),
    "column": lambda w: dict(w, dense2_bias=w["dense2_bias"].reshape(10, 1)),
    "number": lambda w: dict(w, dense2_bias=0.5),
    "none": lambda w: dict(w, conv1_bias=None),
    "objects": lambda w: dict(w, conv1_bias=w["conv1_bias"].astype(object)),
    # As NumPy stores bfloat16, which it does not know.
    "bfloat16": lambda w: dict(w, conv1_bias=np.zeros(20, "V2")),
    "integers": lambda w: dict(w, conv1_bias=np.zeros(20, np.int32)),
    "complex": lambda w: dict(w, conv1_bias=np.zeros(20, np.complex64)),
    "words": lambda w: dict(w, conv1_bias=np.array(["x"] * 20)),
}


class LeNet(plain.LeNet):
    def weights(self):
        return ODD[os.environ["ODD"]](super().weights())
