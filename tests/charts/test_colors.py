"""Who has which colour, dash and symbol: given in the catalogue, so that no newcomer changes it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from lenet import catalog
from lenet.analysis.across import compare
from lenet.charts import compare as comparing
from lenet.charts import learning
from lenet.charts.colors import HUES, MARKS, UNKNOWN, Style, style
from tests.helpers.compared import report, tapes

# As they were when a variant's place in the catalogue still chose its colour.
BROWN, BLUE, TEAL, VIOLET, VERMILION = "#A8714A", "#3B82D6", "#159C8C", "#9A6BDB", "#E5532D"
OCHRE, PINK, GREEN, CYAN, SLATE = "#B98306", "#D6498F", "#4F9E2F", "#1298BD", "#7B8694"
KNOWN = {
    "numpy_reference": (BROWN, "solid"),
    "tensorflow_graph": (BLUE, "solid"),
    "tensorflow_function": (TEAL, "solid"),
    "tensorflow_eager": (VIOLET, "solid"),
    "tensorflow_xla": (VERMILION, "solid"),
    "tensorflow_retracing": (OCHRE, "solid"),
    "tensorflow_dataset": (PINK, "solid"),
    "keras_fit": (GREEN, "solid"),
    "keras_train_on_batch": (CYAN, "solid"),
    "keras_xla": (SLATE, "solid"),
    "keras_steps_per_execution": (BROWN, "dash"),
    "keras_lean": (BLUE, "dash"),
    "pytorch_eager": (TEAL, "dash"),
    "pytorch_channels_last": (VIOLET, "dash"),
    "pytorch_compiled": (VERMILION, "dash"),
    "keras_torch": (OCHRE, "dash"),
    "jax_jit": (PINK, "dash"),
    "jax_scan": (GREEN, "dash"),
    "flax_nnx": (CYAN, "dash"),
    "keras_jax": (SLATE, "dash"),
    "tensorflow1_graph": (BROWN, "dot"),
    "tensorflow1_growing": (BLUE, "dot"),
    "keras2_fit": (TEAL, "dot"),
    "cntk_trainer": (VIOLET, "dot"),
    "keras2_cntk": (VERMILION, "dot"),
    "keras_fit~2": ("#8DC078", "dash"),
    "keras_fit@tf216": ("#8DC078", "dash"),
    "keras_fit@main": (GREEN, "solid"),
    "keras_fit@tf216~2": ("#CAE2C1", "dot"),
    "no_longer_in_the_catalogue": (OCHRE, "dot"),
    "keras_fit_silent": (OCHRE, "dot"),
}


@pytest.mark.parametrize("label", KNOWN)
def test_whoever_knows_a_label_by_its_look_finds_it_again(label: str) -> None:
    found = style(label)
    assert (found.color, found.dash) == KNOWN[label]


@pytest.mark.parametrize("variant", catalog.VARIANTS.values(), ids=list(catalog.VARIANTS))
def test_every_variant_of_the_catalogue_is_given_a_hue_and_a_mark(variant: catalog.Variant) -> None:
    assert variant.color in HUES and 0 <= variant.mark < len(MARKS)


def test_variants_of_one_hue_differ_in_dash_and_in_symbol_and_nobody_looks_unknown() -> None:
    given = Counter((variant.color, variant.mark) for variant in catalog.VARIANTS.values())
    assert given.most_common(1)[0][1] == 1 and UNKNOWN not in given
    for hue in HUES:
        looks = [style(name) for name, variant in catalog.VARIANTS.items() if variant.color == hue]
        assert len(looks) == len({look.dash for look in looks}) == len({look.symbol for look in looks}) > 1
    assert len({dash for dash, _ in MARKS}) == len({symbol for _, symbol in MARKS}) == len(MARKS)


def test_a_variant_that_is_added_second_recolours_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {label: style(label) for label in KNOWN}
    first, *others = catalog.VARIANTS.values()
    newcomer = dataclasses.replace(first, name="newcomer", color="pink", mark=2)
    planted = {variant.name: variant for variant in (first, newcomer, *others)}
    monkeypatch.setattr(catalog, "VARIANTS", planted)
    assert list(catalog.VARIANTS)[1] == "newcomer"
    assert {label: style(label) for label in KNOWN} == before
    assert style("newcomer") == Style(PINK, "dot", "diamond") and style("newcomer") not in before.values()


def test_a_variant_with_settings_of_its_own_has_its_hue_and_looks_other_than_itself() -> None:
    own = style("jax_jit+allocator=steady")
    assert own.color not in (PINK, OCHRE) and own.dash != style("jax_jit").dash
    assert own == style("jax_jit+allocator=steady") != style("jax_jit+allocator=steady~2")


# Dots


def symbols(chart: go.Figure) -> list[Any]:
    return [trace.marker.symbol for trace in chart.data if trace.mode == "markers"]


def test_dots_of_one_hue_have_each_its_symbol() -> None:
    rows = [{"label": label, "epoch": 1, "test_accuracy": 0.9, "round": 1} for label in ("keras_fit", "jax_scan")]
    assert symbols(learning.accuracy(pd.DataFrame(rows))) == ["circle", "square"]


def test_a_hollow_dot_keeps_its_symbol() -> None:
    base, new = (report(number, {"jax_scan": tapes(3.0), "keras_fit": tapes(2.0)}) for number in (1, 2))
    pairs = [("jax_scan", "jax_scan"), ("keras_fit", "keras_fit")]
    found = compare.compare(base, new, pairs)
    assert symbols(comparing.ratios(found)) == ["square-open", "circle-open"]
    sure = tuple(dataclasses.replace(one, basis=compare.HISTORY) for one in found.comparisons)
    assert symbols(comparing.ratios(dataclasses.replace(found, comparisons=sure))) == ["square", "circle"]
