"""JAX by hand, pooling first: bias and tanh come after the pooling, on a quarter of the numbers.

Both rise with what they are given, so the maximum of the results is the result of the maximum: the same network.

Expected: some 100 us per batch of 8: tanh of 11,000 numbers an image less, forwards and backwards.
Source: the arithmetic; no compiler does it by itself.
"""

import jax.numpy as jnp

from lenet.variants.jax_jit import convolve
from lenet.variants.rungs.jax_jit_slices import LeNet as Parent
from lenet.variants.rungs.jax_jit_slices import max_pool


def network(w, images):
    pool1 = jnp.tanh(max_pool(convolve(images, w["conv1_kernel"])) + w["conv1_bias"])
    pool2 = jnp.tanh(max_pool(convolve(pool1, w["conv2_kernel"])) + w["conv2_bias"])
    dense1 = jnp.tanh(pool2.reshape(-1, 800) @ w["dense1_kernel"] + w["dense1_bias"])
    return dense1 @ w["dense2_kernel"] + w["dense2_bias"]


class LeNet(Parent):
    """The network in another order."""

    network = staticmethod(network)
