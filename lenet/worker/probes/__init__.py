"""Probes of what each framework tells about its own work, one file a framework. No probe imports
its framework.

A probe replaces a function of the framework by one that calls it and adds to a total. It is
attached after the variant was built, in a process that only counts.
"""

import sys

from lenet.worker.probes import of_jax, of_tensorflow, of_torch

PROBES = (("tensorflow", of_tensorflow), ("jax", of_jax), ("torch", of_torch))


def attach():
    """A probe for each framework that this process has loaded; none for one that has nothing to be
    watched."""
    return [of.attach(sys.modules[name].__version__) for name, of in PROBES if name in sys.modules]
