"""JAX jit, unrolled: five batches per call, as five steps one behind the other in the compiled function.

`lax.scan` with `unroll` as long as the scan: a loop that stays a loop runs its convolutions several times slower on a
CPU, which is what jax_scan shows.

Expected: 50 to 400 us per batch: four calls of five are saved, and the waiting for them.
Source: jax-ml/jax #12868 (convolutions in a loop); jax/_src/lax/control_flow/loops.py (`scan`, `unroll`); keras-team/
keras #23527 (steps per execution as a scan).
"""

import jax
from jax import lax

from lenet.variants.jax_scan import BATCHES_PER_CALL
from lenet.variants.rungs.jax_jit_ahead import LeNet as Parent


class LeNet(Parent):
    """A shorter last call of an epoch is compiled as well."""

    def _train(self, batches, epochs, tick, epoch_end):
        count = len(batches[0])
        calls = [min(BATCHES_PER_CALL, count - first) for first in range(0, count, BATCHES_PER_CALL)]
        steps = {length: self._several(length).lower(self.state, batches).compile() for length in set(calls)}
        for _ in range(epochs):
            for length in calls:
                self.state, losses = steps[length](self.state, batches)
                tick(losses, length)
            epoch_end()

    def _several(self, length):
        def run(state, batches):
            return lax.scan(lambda state, _: self._next(state, batches), state, length=length, unroll=length)

        return jax.jit(run, donate_argnums=0)

    def wait(self, loss):
        return float(loss[-1])
