"""Whatever runs in a stack says what is particular to that stack, as the stack's requirements have it."""

import pytest

from lenet import catalog
from lenet.catalog.variants import JAX_010, OLD_WHEEL
from lenet.stacks.table import SHIPPED

OF_STACK = {"jax": (JAX_010, "jax==0.10."), "tf1": (OLD_WHEEL, "tensorflow==1.2.1")}
"""Stack -> what its variants say, and the pin that makes it true."""
RUNNING = [one for one in catalog.VARIANTS.values() if one.stack in OF_STACK]


@pytest.mark.parametrize("variant", RUNNING, ids=lambda variant: variant.name)
def test_a_variant_says_what_is_particular_to_its_stack(variant: catalog.Variant) -> None:
    assert OF_STACK[variant.stack][0] in variant.caveats


@pytest.mark.parametrize("stack", OF_STACK)
def test_what_is_said_of_a_stack_is_what_it_pins(stack: str) -> None:
    assert any(line.startswith(OF_STACK[stack][1]) for line in SHIPPED[stack].requirements)
