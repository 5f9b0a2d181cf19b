"""Variants by framework: each is in one group, named as people name it."""

from lenet import catalog
from lenet.catalog import Variant
from lenet.catalog.families import TITLES, family, grouped


def test_every_variant_is_in_one_group_and_none_is_unknown():
    groups = grouped(catalog.VARIANTS.values())
    assert set(groups) <= set(TITLES.values())
    assert sorted(v.name for group in groups.values() for v in group) == sorted(catalog.VARIANTS)


def test_keras_on_any_backend_is_keras():
    assert {family(catalog.VARIANTS[name]) for name in ("keras_fit", "keras_torch", "keras_jax", "keras2_cntk")} == {
        "Keras"
    }
    assert family(catalog.VARIANTS["flax_nnx"]) == "JAX"
    assert family(catalog.VARIANTS["lightning_fit"]) == "PyTorch"


def test_a_strangers_framework_is_named_after_its_package():
    assert family(Variant("mx_loop", "MX loop", ("mxnet", "numpy2"))) == "mxnet"
