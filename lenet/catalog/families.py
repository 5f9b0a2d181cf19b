"""The framework that a variant belongs to, for lists that are grouped by it."""

from __future__ import annotations

from collections.abc import Iterable

from lenet.catalog.entries import Variant

TITLES = {
    "keras": "Keras", "tf_keras": "Keras", "tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX",
    "cntk": "CNTK", "tinygrad": "tinygrad", "numpy": "NumPy",
}  # fmt: skip
"""By the package that decides; the first that a variant needs counts, so Keras on any backend is
Keras."""


def family(variant: Variant) -> str:
    """The framework of a variant; of one without a known package, its first package."""
    known = next((title for package, title in TITLES.items() if package in variant.packages), "")
    return known or next(iter(variant.packages), "Other")


def grouped(variants: Iterable[Variant]) -> dict[str, list[Variant]]:
    """Framework -> its variants, both in the order in which they come."""
    groups: dict[str, list[Variant]] = {}
    for variant in variants:
        groups.setdefault(family(variant), []).append(variant)
    return groups
