"""JAX by hand, unrolled: five batches per call, as five steps one behind the other in the compiled function.

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

    def _calls(self, batches):
        total = len(batches[0])
        counts = [min(BATCHES_PER_CALL, total - first) for first in range(0, total, BATCHES_PER_CALL)]
        compiled = {count: self._several(count).lower(self.state, batches).compile() for count in set(counts)}
        return [(compiled[count], count) for count in counts]

    def _several(self, count):
        def run(state, batches):
            return lax.scan(lambda state, _: self._next(state, batches), state, length=count, unroll=count)

        return jax.jit(run, donate_argnums=0)

    def wait(self, loss):
        return float(loss[-1])
