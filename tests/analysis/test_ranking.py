"""The ranking against a baseline: ratios turn with it, outcomes too, and what was not compared stays apart."""

from __future__ import annotations

import math

import pytest

from lenet.analysis import ranking
from lenet.analysis import report as reports
from lenet.analysis.across import brief
from lenet.analysis.report import Report
from lenet.charts import ranking as charts
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import Store
from tests.helpers import golden, stored

MS = {"tensorflow_graph": 4.0, "tensorflow_function": 4.0, "keras_fit": 5.0, "keras_lean": 6.0}


def race(store: Store, **values: tuple[str, ...]) -> Report:
    asked = Request(tuple(MS), Settings.parse({"rounds": 4, "threads": 2}))
    return reports.load(store, stored.add(store, asked, MS, **values))


def outcomes(report: Report, baseline: str) -> dict[str, str]:
    return {place.label: place.outcome for place in ranking.places(report, baseline)}


def test_another_baseline_turns_every_ratio(store: Store) -> None:
    report = race(store)
    against = {base: {p.label: p for p in ranking.places(report, base)} for base in MS}
    for base in MS:
        for label in MS:
            if label != base:
                one, other = against[base][label], against[label][base]
                assert one.ratio * other.ratio == pytest.approx(1)
                assert (one.low * other.high, one.high * other.low) == pytest.approx((1, 1))
                assert one.low < one.ratio < one.high
    keras = outcomes(report, "keras_fit")
    assert keras["keras_fit"] == ranking.BASELINE and keras["keras_lean"] == ranking.SLOWER
    assert keras["tensorflow_graph"] == ranking.FASTER
    assert outcomes(report, "tensorflow_graph")["tensorflow_function"] == ranking.EQUAL
    assert ranking.tally(ranking.places(report, "keras_fit")) == "1 slower, 2 faster, 0 undecided"
    assert ranking.tally(ranking.places(report, "tensorflow_graph")) == "2 slower, 0 faster, 1 equal, 0 undecided"


def test_the_subject_is_the_named_pair_else_the_slowest_against_the_baseline(store: Store) -> None:
    report = race(store)
    fastest = str(report.variants["label"].iloc[0])
    found = {
        (): (fastest, "keras_lean"),
        ("keras_fit",): ("keras_fit", "keras_lean"),
        ("keras_lean",): ("keras_lean", "keras_fit"),
        ("keras_fit", "tensorflow_graph"): ("keras_fit", "tensorflow_graph"),
        ("jax_jit", "keras_fit"): (fastest, "keras_fit"),
    }
    for named, wanted in found.items():
        subject = ranking.subject(report, *named)
        assert subject is not None and (subject.baseline, subject.other) == wanted, named


def test_what_failed_its_exam_is_ranked_and_compared_with_nothing(store: Store) -> None:
    report = race(store, wrong=("keras_lean",))
    places = {place.label: place for place in ranking.places(report, "tensorflow_graph")}
    assert places["keras_lean"].outcome == ranking.APART and math.isnan(places["keras_lean"].ratio)
    subject = ranking.subject(report, "keras_lean")
    assert subject is not None and "keras_lean" not in (subject.baseline, subject.other)
    drawn = golden.Words(charts.html(list(places.values()), "tensorflow_graph")).lines
    assert any("Keras lean" in line and "not compared" in line for line in drawn)


def test_a_race_without_a_pair_has_no_subject(store: Store) -> None:
    assert ranking.subject(race(store, failed=tuple(MS)[1:])) is None


def test_1_is_on_every_axis_and_the_marks_stand_in_order(store: Store) -> None:
    report = race(store)
    for base in MS:
        places = ranking.places(report, base)
        axis = charts._Axis(*ranking.span(places))
        at = [axis.at(place.ratio) for place in places]
        assert 1 in axis.ticks() and axis.ticks() == sorted(axis.ticks())
        assert at == sorted(at) or [p.ratio for p in places] != sorted(p.ratio for p in places)
        assert all(0 < place < 100 for place in at)


def test_titles_in_a_drawn_ranking_are_escaped(store: Store) -> None:
    place = ranking.Place('<b>"x"</b>', 1.0, 1.0, 1.0, 1.0, 1.0, ranking.BASELINE)
    assert "<b>&quot;" not in charts.html([place], place.label).replace("<b>1.00</b>", "")
    assert '<b>"x"' not in charts.html([place], place.label)


def test_a_result_in_brief(store: Store) -> None:
    assert brief.of(race(store)).startswith("1.5")
    assert brief.of(race(store, failed=tuple(MS))) == ""
    same = Request(("tensorflow_graph", "tensorflow_function"), Settings.parse({"rounds": 4, "threads": 2}))
    assert brief.of(reports.load(store, stored.add(store, same, MS))) == "equal"
