"""Rows of the catalogue: a tuple of one that was written without its comma is read as it was meant."""

from __future__ import annotations

from typing import Any

import pytest

from lenet import stacks
from lenet.catalog import Change, Ladder, Preset, Variant

MODULE = "tests.helpers.doubles.plain"


@pytest.mark.parametrize("packages", [("numpy"), "numpy", ["numpy"], ("numpy",)])
def test_one_package_needs_no_comma(packages: Any) -> None:
    variant = Variant("own", "Own", packages, module=MODULE)
    assert variant.packages == ("numpy",)
    assert stacks.availability(variant).reason == ""


def test_one_that_is_missing_is_named_whole() -> None:
    package: Any = "no-such-package"
    reason = stacks.availability(Variant("own", "Own", package, module=MODULE)).reason
    assert "no-such-package is not installed" in reason


def test_what_else_is_a_tuple_needs_none_either() -> None:
    given: dict[str, Any] = {"about": ("jit"), "caveats": ("It is slow."), "work": ("sings")}
    variant = Variant("own", "Own", (), **given)
    assert (variant.about, variant.caveats, variant.work) == (("jit",), ("It is slow.",), ("sings",))
    change: Any = Change("Faster", "keras_lean")
    assert Ladder("own", "Own", "keras_fit", (change)).entries == ["keras_fit", "keras_lean"]
    alone: Any = "keras_fit"
    assert Preset("own", "Own", "", (alone)).variants == ("keras_fit",)
