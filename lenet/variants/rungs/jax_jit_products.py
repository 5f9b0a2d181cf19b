"""JAX by hand, products: the second convolution as one product of a matrix of patches (n * 64, 500) with its kernel.

Expected: 50 to 200 us per batch of 8 on a CPU: its gradient by the kernel is a convolution with windows as large as the
images, which XLA's CPU compiler gives to Eigen's convolution; as a product it is one large matrix product.
Source: openxla/xla xla/service/cpu/conv_canonicalization.cc, xla/backends/cpu/runtime/convolution_thunk.cc.
"""

import jax.numpy as jnp

from lenet.variants.jax_jit import convolve
from lenet.variants.rungs.jax_jit_pool_first import LeNet as Parent
from lenet.variants.rungs.jax_jit_pool_first import max_pool


def convolve_small(images, kernel):
    patches = [images[:, row : row + 8, column : column + 8] for row in range(5) for column in range(5)]
    return jnp.concatenate(patches, axis=-1) @ kernel.reshape(500, 50)


def network(w, images):
    pool1 = jnp.tanh(max_pool(convolve(images, w["conv1_kernel"])) + w["conv1_bias"])
    pool2 = jnp.tanh(max_pool(convolve_small(pool1, w["conv2_kernel"])) + w["conv2_bias"])
    dense1 = jnp.tanh(pool2.reshape(-1, 800) @ w["dense1_kernel"] + w["dense1_bias"])
    return dense1 @ w["dense2_kernel"] + w["dense2_bias"]


class LeNet(Parent):
    """The network with another second convolution."""

    network = staticmethod(network)
