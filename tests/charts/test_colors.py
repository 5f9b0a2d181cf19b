"""Who has which look: given in the catalogue, so that no newcomer changes it, and no two alike."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from lenet import catalog
from lenet.analysis.across import compare
from lenet.charts import colors, learning
from lenet.charts import compare as comparing
from lenet.charts.colors import HUES, MARKS, UNKNOWN, ink, style
from lenet.charts.shades import contrast, oklab
from tests.helpers.compared import report, tapes

# Whoever knows a variant by its look finds it again: a change of this table is a change for users.
KNOWN = {
    "numpy_reference": ("#A46D46", "solid"),
    "tensorflow_graph": ("#357DD0", "solid"),
    "tensorflow_function": ("#0674A7", "dash"),
    "tensorflow_eager": ("#6A85E4", "dot"),
    "tensorflow_xla": ("#0178C3", "dashdot"),
    "tensorflow_retracing": ("#5281DB", "longdash"),
    "tensorflow_dataset": ("#0576B4", "longdashdot"),
    "keras_fit": ("#42911F", "solid"),
    "keras_train_on_batch": ("#607605", "dash"),
    "keras_xla": ("#03A75C", "dot"),
    "keras_steps_per_execution": ("#558404", "dashdot"),
    "keras_lean": ("#2B9D40", "longdash"),
    "pytorch_eager": ("#D4421A", "solid"),
    "pytorch_channels_last": ("#C1263D", "dash"),
    "pytorch_compiled": ("#D76807", "dot"),
    "pytorch_dataloader": ("#CB342F", "dashdot"),
    "pytorch_compiled_step": ("#D75505", "longdash"),
    "pytorch_fused_sgd": ("#C62D36", "longdashdot"),
    "pytorch_fused_channels_last": ("#D75F06", "2px,6px"),
    "lightning_fit": ("#CF3B26", "12px,3px,3px,3px,3px,3px"),
    "keras_torch": ("#5C7D05", "longdashdot"),
    "keras_torch_compiled": ("#088366", "longdashdot"),
    "jax_jit": ("#8E5FCD", "solid"),
    "jax_scan": ("#6657C6", "dash"),
    "flax_nnx": ("#B367CE", "dot"),
    "jax_optax": ("#7A5BCB", "dashdot"),
    "flax_nnx_cached": ("#A163CE", "longdash"),
    "flax_nnx_functional": ("#7059C9", "longdashdot"),
    "equinox_jit": ("#AB65CE", "2px,6px"),
    "flax_linen": ("#845DCC", "12px,3px,3px,3px,3px,3px"),
    "keras_jax": ("#18A24E", "2px,6px"),
    "tensorflow1_graph": ("#5F83E0", "2px,6px"),
    "tensorflow1_growing": ("#227BCA", "12px,3px,3px,3px,3px,3px"),
    "keras2_fit": ("#4B8B04", "12px,3px,3px,3px,3px,3px"),
    "cntk_trainer": ("#A27201", "solid"),
    "keras2_cntk": ("#9B5A05", "dash"),
    "keras2_theano": ("#A58A00", "dot"),
    "tinygrad_jit": ("#975944", "dash"),
    "keras_fit~2": ("#5E7904", "longdash"),
    "keras_fit@main": ("#42911F", "solid"),
    "keras_fit@tf216": ("#319B3B", "dot"),
    "keras_fit+batch_size=1": ("#328003", "solid"),
    "keras_fit+batch_size=128": ("#4F9E2F", "12px,3px,3px,3px,3px,3px"),
    "keras_fit_silent": ("#2C8620", "dash"),
    "tensorflow_keras_loop": ("#0289AB", "solid"),
    "keras_train_step": ("#058F80", "solid"),
    "keras_tfdata": ("#087F5D", "dash"),
    "keras_pydataset": ("#059FA3", "dot"),
    "tf_keras_fit": ("#00876F", "dashdot"),
    "tf_keras_fit_new_sgd": ("#0C9792", "longdash"),
    "no_longer_in_the_catalogue": ("#727D8B", "solid"),
}
SIZES = (1, 4, 16, 32, 64, 128, 256)
NEAR = 0.02
"""Two colours closer than this (in Oklab) cannot be told apart."""
FAMILIES = {
    "tensorflow": ("blue", "cyan"),
    "tensorflow1": ("blue",),
    "keras": ("green", "teal"),
    "keras2": ("green",),
    "tf": ("teal",),
    "pytorch": ("vermilion",),
    "lightning": ("vermilion",),
    "jax": ("violet",),
    "flax": ("violet",),
    "equinox": ("violet",),
    "cntk": ("ochre",),
    "numpy": ("brown",),
    "tinygrad": ("brown",),
}
"""The hues of a family; one with more variants than there are marks has a second."""


def alike(labels: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of labels of which neither the colour nor the mark tells which is which."""
    looks = {label: style(label) for label in labels}
    return [
        (one, other)
        for one, other in combinations(looks, 2)
        if looks[one].dash == looks[other].dash and math.dist(oklab(looks[one].color), oklab(looks[other].color)) < NEAR
    ]


def law(variants: Sequence[str]) -> list[str]:
    return [f"{variant}+batch_size={size}" for variant in variants for size in SIZES]


@pytest.mark.parametrize("label", KNOWN)
def test_whoever_knows_a_label_by_its_look_finds_it_again(label: str) -> None:
    found = style(label)
    assert (found.color, found.dash) == KNOWN[label]


@pytest.mark.parametrize("variant", catalog.VARIANTS.values(), ids=list(catalog.VARIANTS))
def test_every_variant_has_its_familys_hue_and_a_place_of_its_own(variant: catalog.Variant) -> None:
    family = variant.name.partition("_")[0]
    assert variant.color in (("ochre",) if variant.stack in ("cntk", "theano") else FAMILIES[family])
    assert 0 <= variant.mark < len(MARKS)
    rivals = [one for one in catalog.VARIANTS.values() if (one.color, one.mark) == (variant.color, variant.mark)]
    assert rivals == [variant]


def test_a_mark_is_told_from_the_others_by_dash_by_symbol_and_by_pattern() -> None:
    assert all(len(set(kind)) == len(MARKS) for kind in zip(*MARKS, strict=True))


def test_no_two_variants_look_alike_nor_their_copies() -> None:
    assert not alike(catalog.VARIANTS)
    assert not alike(catalog.labels([name for name in catalog.VARIANTS for _ in range(2)]))


@pytest.mark.parametrize("ladder", catalog.LADDERS.values(), ids=list(catalog.LADDERS))
def test_no_two_entries_of_a_ladder_look_alike(ladder: catalog.Ladder) -> None:
    assert not alike(ladder.entries)
    assert not alike(ladder.in_stack("mine").entries)


def test_no_two_sizes_of_a_law_look_alike_whatever_two_variants_it_is_of() -> None:
    assert not [pair for two in combinations(catalog.VARIANTS, 2) for pair in alike(law(two))]


def test_two_that_look_alike_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    planted = {**catalog.VARIANTS}
    planted["jax_scan"] = dataclasses.replace(planted["jax_scan"], color="green", mark=0)
    monkeypatch.setattr(catalog, "VARIANTS", planted)
    assert alike(catalog.VARIANTS) == [("keras_fit", "jax_scan")]
    monkeypatch.setattr(colors, "_STEP", 0)
    assert len(alike(law(["keras_fit", "jax_scan"]))) == len(SIZES)


def test_all_colours_read_on_both_backgrounds() -> None:
    labels = {*catalog.labels([name for name in catalog.VARIANTS for _ in range(4)]), *law(list(catalog.VARIANTS))}
    labels |= {entry for ladder in catalog.LADDERS.values() for entry in ladder.entries} | set(catalog.RUNGS)
    for color in {style(label).color for label in labels}:
        assert min(contrast(color, paper) for paper in ("#FCFBF8", "#12161C")) >= 3
        assert contrast(ink(color), color) >= 4.5


def test_a_rung_lies_between_the_ends_of_its_ladder() -> None:
    green, blue = style("keras_fit").color, style("tensorflow_function").color
    way = [style(entry).color for entry in catalog.ladder("today").forward()[1:-1]]
    to_green = [math.dist(oklab(color), oklab(green)) for color in way]
    assert to_green == sorted(to_green)
    assert math.dist(oklab(way[-1]), oklab(blue)) < math.dist(oklab(way[0]), oklab(blue))


def test_the_larger_the_batches_the_lighter_the_shade() -> None:
    light = [oklab(style(label).color)[0] for label in law(["keras_fit"])]
    assert light == sorted(light) and light[-1] - light[0] > 0.1


def test_a_variant_that_is_added_second_recolours_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {label: style(label) for label in KNOWN}
    first, *others = catalog.VARIANTS.values()
    newcomer = dataclasses.replace(first, name="newcomer", color="pink", mark=3)
    planted = {variant.name: variant for variant in (first, newcomer, *others)}
    monkeypatch.setattr(catalog, "VARIANTS", planted)
    assert list(catalog.VARIANTS)[1] == "newcomer"
    assert {label: style(label) for label in KNOWN} == before
    assert style("newcomer") not in before.values() and style("newcomer").dash == MARKS[3][0]


def test_what_is_not_in_the_catalogue_has_the_hue_of_nobody() -> None:
    assert UNKNOWN in HUES and UNKNOWN not in {variant.color for variant in catalog.VARIANTS.values()}


def test_a_variant_with_settings_of_its_own_looks_other_than_itself_and_always_the_same() -> None:
    own = style("jax_jit+allocator=steady")
    assert own.color != style("jax_jit").color and own.dash != style("jax_jit").dash
    assert own == style("jax_jit+allocator=steady") != style("jax_jit+allocator=steady~2")


# Dots


def symbols(chart: go.Figure) -> list[Any]:
    return [trace.marker.symbol for trace in chart.data if trace.mode == "markers"]


def test_dots_of_one_hue_have_each_its_symbol() -> None:
    rows = [{"label": label, "epoch": 1, "test_accuracy": 0.9, "round": 1} for label in ("jax_jit", "jax_scan")]
    assert symbols(learning.accuracy(pd.DataFrame(rows))) == ["circle", "square"]


def test_a_hollow_dot_keeps_its_symbol() -> None:
    base, new = (report(number, {"jax_scan": tapes(3.0), "keras_fit": tapes(2.0)}) for number in (1, 2))
    pairs = [("jax_scan", "jax_scan"), ("keras_fit", "keras_fit")]
    found = compare.compare(base, new, pairs)
    assert symbols(comparing.ratios(found)) == ["square-open", "circle-open"]
    sure = tuple(dataclasses.replace(one, basis=compare.HISTORY) for one in found.comparisons)
    assert symbols(comparing.ratios(dataclasses.replace(found, comparisons=sure))) == ["square", "circle"]
