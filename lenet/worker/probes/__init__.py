"""Probes that count a framework's own work, one file per framework.

A probe replaces a function of the framework by one that calls it and adds to a total. It is
attached after the variant was built, in a process that only counts. No probe imports a framework:
only those that are loaded are watched.
"""

import sys

from lenet.worker.probes import of_jax, of_keras, of_tensorflow, of_torch

PROBES = (("tensorflow", of_tensorflow), ("jax", of_jax), ("torch", of_torch), ("keras", of_keras))


def attach():
    """A probe for each framework that this process has loaded and that can be watched."""
    loaded = [of.attach(sys.modules[name].__version__) for name, of in PROBES if name in sys.modules]
    return [probe for probe in loaded if probe is not None]
