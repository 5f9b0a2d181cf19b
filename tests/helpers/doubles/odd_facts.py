"""Tells facts of which something is wrong; the variable ODD says what."""

import os

import numpy as np

from tests.helpers.doubles import plain


class Unspeakable:
    def __str__(self):
        raise KeyError("no text")


ODD = {
    "raises": lambda facts: facts["no_such_fact"],
    "nothing": lambda facts: None,
    "empty": lambda facts: {},
    "numpy": lambda facts: dict(
        facts, threads=np.int64(1), jit=np.bool_(False), rate=np.float32(0.5), ids=np.arange(3)
    ),
    "objects": lambda facts: dict(facts, dtype=np.dtype("float32"), made_of={1, 2}, odd=Unspeakable(), self=facts),
    "endless": lambda facts: facts.update(inner=facts, loss=float("nan"), text="a\ud800\0b" * 900) or facts,
    "reserved": lambda facts: dict(facts, packages=3, python=None, device_peak_bytes="much"),
}


class LeNet(plain.LeNet):
    def facts(self):
        return ODD[os.environ["ODD"]](super().facts())
