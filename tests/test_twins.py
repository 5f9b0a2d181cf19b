"""A race's twin: it shows what the race calls equal, and competes with none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lenet import instruments, twins
from lenet.analysis import export, ranking, twin_words
from lenet.analysis import report as reports
from lenet.analysis.across import compare, figures
from lenet.analysis.verdict import Pair
from lenet.bench import allot, plan_words
from lenet.document.markdown import as_markdown
from lenet.errors import BadInput
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import open_store
from lenet.views import next_steps
from lenet.views import race as views
from tests.helpers.tapes import experiment, passed, raced, run, settings

A, B = "tensorflow_graph", "keras_fit"
TWIN = f"{A}~2"
ASKED = Settings(twin=True)


def race(of_twin: Sequence[float], statuses: str = "finished") -> reports.Report:
    """Of A, B that takes 1.5 times as long, and A's twin, which takes so many times as long round by round."""
    names = (A, B, A)
    runs, batches = [], {}
    for round, ratio in enumerate(of_twin, 1):
        for label, ms in ((A, 2.0), (B, 3.0), (TWIN, 2.0 * ratio)):
            runs.append(run(len(runs) + 1, label, round, statuses if label == TWIN else "finished"))
            batches[len(runs)] = raced(ms * (1 + 0.001 * np.arange(420) % 0.007))
    whole = experiment(names, settings(twin=True))
    return reports.build(whole, runs, batches, [], {label: passed(label) for label in (A, B, TWIN)})


EQUAL, APART = (1.001, 0.998, 1.002), (1.03, 1.032, 1.031)


# What is asked for


def test_a_request_is_given_its_twin_once(tmp_path: Path) -> None:
    store = open_store(tmp_path / "lenet.db")
    asked = allot.settled(store, Request((A, B), ASKED))
    assert asked.variants == (A, B, A) and allot.settled(store, asked) == asked
    assert (twins.label(asked), twins.competitors(asked)) == (TWIN, (A, B))
    assert twins.label(allot.settled(store, Request((A,), ASKED))) == TWIN
    plain = Request((A, B, A), Settings.parse({}))
    assert twins.label(plain) == "" and twins.competitors(plain) == plain.variants


def test_a_race_with_a_twin_is_asked_for_again_as_it_was() -> None:
    asked = twins.added(Request((A, B), ASKED))
    assert next_steps.command(asked) == f"python -m lenet run --variants {A},{B} --twin"
    assert instruments.subject(asked) == "TensorFlow graph, Keras fit"


def test_a_variant_and_its_twin_alone_have_nothing_to_be_compared_with() -> None:
    assert any("One variant alone" in said for said in plan_words.cautions(twins.added(Request((A,), ASKED)), ()))


# What it says


def test_the_twin_shows_what_the_race_calls_equal() -> None:
    view = views.view(found := race(EQUAL), [])
    said = "This race against itself, TensorFlow graph (2) to TensorFlow graph: 1.000 [0."
    assert found.twin and found.twin.verdict.startswith(said) and found.twin.verdict in view.points
    assert found.twin.verdict.endswith("; that is what it calls equal.")
    assert said in as_markdown(view) and not any("itself" in caution for caution in view.cautions)


def test_a_race_that_calls_its_twin_different_says_that_it_is_in_doubt() -> None:
    view = views.view(race(APART), [])
    (said,) = [one for one in view.cautions if "one program different from itself" in one]
    assert "TensorFlow graph (2) to TensorFlow graph: 1.0310 [1.0" in said and said not in view.points


@pytest.mark.parametrize(
    ("slow", "fast", "ratio"), [(TWIN, A, "1.020 [1.010, 1.030]"), (A, TWIN, "0.980 [0.971, 0.990]")]
)
def test_it_is_always_the_twin_to_the_first(slow: str, fast: str, ratio: str) -> None:
    pair = Pair(slow, fast, 1.02, 1.01, 1.03, 3, 60, 1.0, "", True)
    assert f"TensorFlow graph (2) to TensorFlow graph: {ratio}" in twin_words.sentence(pair, TWIN)
    one = replace(pair, rounds=1)
    assert "one round: differences between processes" in twin_words.sentence(one, TWIN)
    assert not twin_words.apart(replace(pair, low=float("nan"), high=float("nan")))


# What it does not


@pytest.mark.parametrize("of_twin", [EQUAL, APART])
def test_it_competes_with_none(of_twin: Sequence[float]) -> None:
    found = race(of_twin)
    assert [(pair.slow, pair.fast) for pair in found.pairs] == [(B, A)]
    assert [place.label for place in ranking.places(found, A)] == [A, B]
    assert not any("(2)" in sentence for sentence in found.verdicts)
    kept = {figure.label: figure.batch_ms for figure in figures.of(found)}
    assert np.isnan(kept[TWIN]) and kept[A] == pytest.approx(2.006, abs=0.01), "no second figure in a trend"


def test_no_comparison_is_made_with_it() -> None:
    found = race(EQUAL)
    other = replace(found, experiment=replace(found.experiment, id=2, uid="2" * 32))
    assert compare.choose(found, "", other, "") == [(A, A), (B, B)]
    with pytest.raises(BadInput, match="raced no 'tensorflow_graph~2'"):
        compare.choose(found, A, found, TWIN)


def test_a_twin_that_did_not_finish_says_so() -> None:
    found = race(EQUAL, "crashed")
    assert found.twin is None and any("TensorFlow graph (2) has no finished run" in one for one in found.verdicts)


def test_the_export_has_it_apart() -> None:
    data = export.as_json(race(EQUAL))
    assert {data["twin"]["slow"], data["twin"]["fast"]} == {A, TWIN} and len(data["pairs"]) == 1
