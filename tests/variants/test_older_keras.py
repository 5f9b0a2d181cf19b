"""Variants of Keras on TensorFlow keep to what Keras 2 has too, so that a stack of one's own may hold one."""

from __future__ import annotations

import ast

import pytest

from lenet import catalog
from lenet.catalog import Variant

ONLY_IN_KERAS_3 = ("keras.config", "keras.ops", "keras.random", "keras.tree", ".value.device")
ON_TENSORFLOW = [
    v for v in catalog.VARIANTS.values() if set(v.packages) == {"keras", "tensorflow"} and v.stack == "main"
]


def too_new(source: str) -> list[str]:
    """What a source uses that no Keras before 3 has."""
    used = [ast.unparse(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)]
    return [name for name in used if any(new in name for new in ONLY_IN_KERAS_3)]


@pytest.mark.parametrize("variant", ON_TENSORFLOW, ids=lambda variant: variant.name)
def test_what_only_keras_3_has_is_not_used(variant: Variant) -> None:
    assert too_new(variant.file.read_text(encoding="utf-8")) == []


def test_what_is_too_new_is_seen() -> None:
    assert len(ON_TENSORFLOW) >= 5
    assert too_new("x = keras.config.backend()") and too_new("x = self.model.variables[0].value.device")
