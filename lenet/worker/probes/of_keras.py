"""Keras 3 on JAX: the iterators that `fit` makes over its arrays.

On TensorFlow they are tf.data's and on PyTorch a DataLoader's, and those frameworks' probes see
them.
"""

import sys

from lenet.worker.probes.probe import Probe

TRAINER = "keras.src.backend.jax.trainer"
BY = {"iterators": "iterators over the arrays that fit was given (JAXEpochIterator)"}


def attach(version):
    """Watch the Keras that is loaded; None where it is not on JAX."""
    if TRAINER not in sys.modules:
        return None
    probe = Probe("Keras " + version, BY, {})
    iterator = sys.modules[TRAINER].JAXEpochIterator
    probe.watch(iterator, "_get_iterator", lambda arguments, result: probe.add("iterators"))
    return probe
