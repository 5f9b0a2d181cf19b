"""Experiments raced at different times: what may be compared, against what, and when it is sure."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from lenet.analysis import circumstances
from lenet.analysis.across import compare, compare_words, figures
from lenet.analysis.circumstances import circumstance, differences
from lenet.analysis.report import Report
from lenet.charts import compare as charts
from lenet.errors import BadInput
from lenet.settings import Settings
from lenet.views import compare as views
from tests.helpers.compared import EAGER, FIT, HERE, TF, report, tapes
from tests.helpers.tapes import experiment, settings

NEWER = {FIT: {"keras": "3.16.0"}}


def both(base: Report, new: Report, label: str = FIT, **options):
    return compare.compare(base, new, [(label, label)], **options)


def only(compared: compare.Compared) -> compare.Comparison:
    (found,) = compared.comparisons
    return found


def pool(*paces: float, label: str = FIT, versions=None):
    """Other experiments of the same program at these paces, as history keeps them."""
    kept = []
    for number, pace in enumerate(paces, 100):
        kept += figures.of(report(number, {label: tapes(4.0, pace)}, versions=versions))
    return lambda key: [figure for figure in kept if figure.circumstance == key]


# Circumstances


def test_equal_circumstances_have_one_key_on_every_machine_and_python() -> None:
    found = circumstance(experiment(["keras_fit"], settings(threads=2)), "keras_fit")
    assert found.key == circumstance(experiment(["keras_fit"], settings(threads=2)), "keras_fit~2").key
    assert found.key == "2e660f539a60e8d2"
    assert found.machine == "?, a test's, 2 cores"
    assert "batch size 32" in found.title and "2 threads" in found.title


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"threads": 1}, "Threads: 2 against 1."),
        ({"batch_size": 64}, "Batch size: 32 against 64."),
        ({"allocator": "steady"}, "Memory allocator: shipped against steady."),
        ({"slice_ms": 0}, "Turns: in slices against one run after the other."),
        ({"sync": "epoch"}, "Wait for the result: batch against epoch."),
        ({"device": "gpu"}, "Device: cpu against gpu."),
        ({"images_per_epoch": 6400}, "Images per epoch: 13440 against 6400."),
    ],
)
def test_each_circumstance_that_differs_is_named_and_refused(change, sentence) -> None:
    usual, other = settings(threads=2), Settings.parse({**settings(threads=2).as_dict(), **change})
    a, b = (circumstance(experiment([FIT], wanted), FIT) for wanted in (usual, other))
    assert differences(a, b) == [sentence]
    assert a.key != b.key
    assert differences(a, b, but=list(change)) == []
    base, new = (report(n, {FIT: tapes(4.0)}, wanted=wanted) for n, wanted in ((1, usual), (2, other)))
    compared = both(base, new)
    assert compared.comparisons == ()
    assert sentence in compared.refused[0] and "not compared" in compared.refused[0]


def test_what_leaves_a_batch_alone_is_no_circumstance() -> None:
    usual = circumstance(experiment([FIT], settings()), FIT)
    for change in ({"epochs": 3}, {"rounds": 9}, {"seed": 1}, {"learning_rate": 0.5}, {"slice_ms": 200}):
        assert circumstance(experiment([FIT], settings(**change)), FIT) == usual
    assert circumstance(experiment([f"{FIT}+batch_size=8"], settings()), f"{FIT}+batch_size=8").settings.batch_size == 8


@pytest.mark.parametrize("change", [{"host": "two"}, {"cpu": "another"}, {"cores": 64}])
def test_another_machine_is_refused(change) -> None:
    base, new = report(1, {FIT: tapes(4.0)}), report(2, {FIT: tapes(4.0)}, machine={**HERE, **change})
    assert "Machine: one, a test's, 2 cores against" in both(base, new).refused[0]


def test_a_gpu_is_part_of_the_machine_only_where_it_was_used() -> None:
    machine = {**HERE, "gpus": ["NVIDIA H100"]}
    on_cpu, on_gpu = settings(), settings(device="gpu")
    asked = [dataclasses.replace(experiment([FIT], wanted), machine=machine) for wanted in (on_cpu, on_gpu)]
    assert [circumstance(one, FIT).gpus for one in asked] == [(), ("NVIDIA H100",)]
    assert circumstances.UNKNOWN in circumstance(dataclasses.replace(asked[0], machine={}), FIT).machine


# One experiment


def test_two_labels_of_one_experiment_are_the_pair_of_the_results_page() -> None:
    whole = report(1, {TF: tapes(2.0, lottery=0.02), FIT: tapes(3.0, lottery=0.02, seed=2)})
    (pair,) = whole.pairs
    slower = only(compare.compare(whole, whole, [(TF, FIT)]))
    assert (slower.ratio, slower.low, slower.high) == (pair.ratio, pair.low, pair.high)
    faster = only(compare.compare(whole, whole, [(FIT, TF)]))
    assert (faster.ratio, faster.low, faster.high) == (1 / pair.ratio, 1 / pair.high, 1 / pair.low)
    assert compare_words.verdict(slower) == compare_words.verdict(faster) == pair.verdict
    assert (slower.judge(0.03), faster.judge(0.03)) == (compare.SLOWER, compare.NOT_SLOWER)
    assert "side by side" in compare_words.covers(slower)


def test_a_single_round_is_not_sure() -> None:
    whole = report(1, {TF: tapes(2.0, rounds=1), FIT: tapes(3.0, rounds=1)})
    assert only(compare.compare(whole, whole, [(TF, FIT)])).judge(0.03) == compare.UNSURE


# Two experiments


def test_a_program_that_did_not_change_cancels_what_the_machine_did() -> None:
    """The machine is a fifth slower on the second day, and Keras 5 % slower beside."""
    base = report(1, {TF: tapes(2.0), FIT: tapes(3.0)})
    new = report(2, {TF: tapes(2.0, 1.2), FIT: tapes(3.0, 1.2 * 1.05)}, versions=NEWER)
    found = only(both(base, new))
    assert (found.ratio, found.low, found.high) == pytest.approx((1.05, 1.05, 1.05))
    assert (found.basis, found.yardsticks, found.different) == (compare.YARDSTICK, (TF,), True)
    assert (found.judge(0.03), found.judge(0.06)) == (compare.SLOWER, compare.NOT_SLOWER)
    assert "TensorFlow bare function itself took 1.200 times as long" in compare_words.covers(found)
    assert compare_words.changed(found) == ["keras: 3.15.0 against 3.16.0."]
    assert found.new.figure.batch_ms / found.base.figure.batch_ms == pytest.approx(1.26)


def test_a_program_in_which_nothing_changed_has_no_yardstick() -> None:
    """A new kernel slows both alike: a yardstick would hide it. But so may the machine's mood, and nothing tells."""
    base = report(1, {TF: tapes(2.0), FIT: tapes(3.0)})
    new = report(2, {TF: tapes(2.0, 1.2), FIT: tapes(3.0, 1.2)}, machine={**HERE, "platform": "Linux-7"})
    compared = both(base, new)
    found = only(compared)
    assert (found.basis, found.yardsticks, found.different) == (compare.ROUNDS, (), None)
    assert found.ratio == pytest.approx(1.2)
    assert compared.judge(0.03) == compare.UNSURE
    assert "nothing here tells the machine's drift" in compare_words.verdict(found)
    assert "how far this machine drifts between experiments is not known" in compare_words.covers(found)
    assert compare_words.system(base.experiment, new.experiment) == ["System: ? against Linux-7."]


def test_what_holds_one_without_the_drift_holds_it_all_the_more_with_it() -> None:
    base, new = (report(n, {FIT: tapes(3.0, lottery=0.03, seed=n)}) for n in (1, 2))
    found = only(both(base, new))
    assert found.basis == compare.ROUNDS and found.different is False
    assert found.judge(0.0) == compare.NOT_SLOWER
    assert compare_words.verdict(found).startswith("Equal within ±")


@pytest.mark.parametrize("program", ["its variant", "its source", "its versions", "what was in force"])
def test_any_change_of_the_other_program_makes_it_no_yardstick(program) -> None:
    base = report(1, {TF: tapes(2.0), FIT: tapes(3.0)})
    options = {
        "its variant": {},
        "its source": {"source_hash": "other"},
        "its versions": {"versions": {**NEWER, TF: {"tensorflow": "2.22.0"}}},
        "what was in force": {"facts": {"layout": "channels_first"}},
    }[program]
    other = EAGER if program == "its variant" else TF
    new = report(2, {other: tapes(2.0), FIT: tapes(3.0)}, **{"versions": NEWER, **options})
    assert only(both(base, new)).yardsticks == ()


def test_history_says_how_far_equal_programs_come_apart() -> None:
    base, new = report(1, {FIT: tapes(3.0)}), report(2, {FIT: tapes(3.0, 1.05)})
    calm = only(both(base, new, known=pool(1.0, 1.002, 0.999, 1.001, 0.998)))
    assert (calm.basis, calm.different, calm.judge(0.03)) == (compare.HISTORY, True, compare.SLOWER)
    assert "5 other experiments" in compare_words.covers(calm)
    wild = only(both(base, new, known=pool(1.0, 1.1, 0.9, 1.05, 0.95)))
    assert (wild.basis, wild.different, wild.judge(0.03)) == (compare.HISTORY, False, compare.NOT_SLOWER)
    assert wild.ratio == calm.ratio == pytest.approx(1.05)
    elsewhere = only(both(base, new, known=pool(1.0, 1.1, versions={FIT: {"keras": "2"}})))
    assert elsewhere.basis == compare.HISTORY  # another version drifts with the same machine
    assert only(both(base, new, known=pool(1.0))).basis == compare.ROUNDS


def test_one_round_each_says_that_the_interval_covers_slices_only() -> None:
    base = report(1, {TF: tapes(2.0, rounds=1), FIT: tapes(3.0, rounds=1)})
    new = report(2, {TF: tapes(2.0, rounds=1), FIT: tapes(3.3, rounds=1)}, versions=NEWER)
    found = only(both(base, new))
    assert (found.basis, found.different, found.judge(0.03)) == (compare.SLICES, None, compare.UNSURE)
    assert "One round each" in compare_words.covers(found)
    short = [report(n, {FIT: tapes(ms, rounds=1, batches=45)}) for n, ms in ((1, 3.0), (2, 3.3))]
    empty = only(both(*short))
    assert math.isnan(empty.low) and empty.judge(0.5) == compare.UNSURE
    assert "there is no interval" in compare_words.verdict(empty)


def test_named_yardsticks_count_and_none_is_none() -> None:
    base = report(1, {TF: tapes(2.0), EAGER: tapes(5.0), FIT: tapes(3.0)})
    new = report(2, {TF: tapes(2.0, 1.2), EAGER: tapes(5.0), FIT: tapes(3.0, 1.2)})
    assert only(both(base, new, wanted=(TF,))).ratio == pytest.approx(1.0)
    assert only(both(base, new, wanted=(TF, EAGER))).ratio == pytest.approx(1.2 / math.sqrt(1.2))
    assert only(both(base, new, wanted=())).ratio == pytest.approx(1.2)
    assert only(both(base, new, wanted=(FIT,))).yardsticks == ()
    with pytest.raises(BadInput, match="'numpy_reference' cannot be a yardstick of 'keras_fit'; of these"):
        both(base, new, wanted=("numpy_reference",))


def test_a_yardstick_is_not_judged() -> None:
    """The machine was a fifth slower: that is what the yardstick's own row says, and no reason to fail."""
    base = report(1, {TF: tapes(2.0), FIT: tapes(3.0)})
    new = report(2, {TF: tapes(2.0, 1.2), FIT: tapes(3.0, 1.2)}, versions=NEWER)
    compared = compare.compare(base, new, [(TF, TF), (FIT, FIT)])
    assert [found.base.label for found in compared.judged] == [FIT]
    assert compared.judge(0.03) == compare.NOT_SLOWER
    assert compare_words.judgement(compared, 0.03) == "Nothing is surely slower by more than 3 %."


def test_what_cannot_be_compared_is_said_and_leaves_the_answer_open() -> None:
    base = report(1, {TF: tapes(2.0), FIT: tapes(3.0)})
    new = report(2, {TF: tapes(2.0), FIT: tapes(3.0)}, wrong=[FIT])
    compared = compare.compare(base, new, [(TF, TF), (FIT, FIT)])
    assert len(compared.comparisons) == 1
    assert compared.refused[0].startswith("Experiment 2: Keras fit is not equivalent")
    assert compared.judge(0.03) == compare.UNSURE
    assert "not all could be compared" in compare_words.judgement(compared, 0.03)


def test_the_limit_is_on_the_lower_end_of_the_interval() -> None:
    base = report(1, {TF: tapes(2.0), FIT: tapes(3.0, lottery=0.01, rounds=5)})
    new = report(2, {TF: tapes(2.0), FIT: tapes(3.0 * 1.1, lottery=0.01, rounds=5, seed=9)}, versions=NEWER)
    found = only(both(base, new))
    assert found.low > 1.03 and found.judge(found.low - 1 - 1e-9) == compare.SLOWER
    assert found.judge(found.low - 1 + 1e-9) == compare.NOT_SLOWER
    assert found.judge(found.ratio - 1) == compare.NOT_SLOWER


def test_the_yardstick_keeps_its_word_where_moods_differ() -> None:
    """A/A through changing moods of 10 %: at most one in twenty looks different; without it nearly all do."""
    generator = np.random.default_rng(4)
    with_it, without = [], []
    for seed in range(40):
        sides = []
        for number, pace in enumerate(np.exp(generator.normal(0, 0.1, 2)), 1):
            own = 4 * seed + 2 * number
            times = {TF: tapes(2.0, pace, 0.01, seed=own), FIT: tapes(3.0, pace, 0.01, seed=own + 1)}
            sides.append(report(number, times, versions=NEWER if number == 2 else None))
        with_it.append(only(both(*sides)).different)
        bare = only(both(*sides, wanted=()))
        without.append(not bare.low <= 1 <= bare.high)
    assert np.mean(with_it) <= 0.125  # 2 expected of 40; 6 or more happen by chance in 1 % of cases
    assert np.mean(without) > 0.6


# Choosing


def test_labels_are_chosen_by_name_or_by_what_both_have() -> None:
    a, b = report(1, {TF: tapes(2.0), FIT: tapes(3.0)}), report(2, {FIT: tapes(3.0), EAGER: tapes(5.0)})
    assert compare.choose(a, "", b, "") == [(FIT, FIT)]
    assert compare.choose(a, FIT, b, "") == compare.choose(a, "", b, FIT) == [(FIT, FIT)]
    assert compare.choose(a, TF, b, EAGER) == [(TF, EAGER)]
    assert compare.choose(a, TF, a, FIT) == [(TF, FIT)]


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ((1, "", 1, ""), "Of one experiment name two different variants: 1:THIS 1:THAT."),
        ((1, FIT, 1, FIT), "Of one experiment name two different variants"),
        ((1, "keras_fti", 2, ""), "Experiment 1 raced no 'keras_fti'; it raced tensorflow_function, keras_fit."),
        ((1, TF, 2, ""), "Experiment 2 raced no 'tensorflow_function'; it raced keras_fit, tensorflow_eager."),
        (
            (1, "", 3, ""),
            "Experiments 1 and 3 have no variant in common; name one of each, as in 1:",
        ),
        ((1, "", 4, ""), "Experiment 4 has no times (instrument: counts), so there is nothing to compare."),
    ],
)
def test_what_names_nothing_is_refused(labels, sentence) -> None:
    counted = report(4, {FIT: tapes(3.0)})
    request = dataclasses.replace(counted.experiment.request, instrument="counts")
    counted = dataclasses.replace(counted, experiment=dataclasses.replace(counted.experiment, request=request))
    known = {
        1: report(1, {TF: tapes(2.0), FIT: tapes(3.0)}),
        2: report(2, {FIT: tapes(3.0), EAGER: tapes(5.0)}),
        3: report(3, {EAGER: tapes(5.0)}),
        4: counted,
    }
    base, base_label, new, new_label = labels
    with pytest.raises(BadInput) as refusal:
        compare.choose(known[base], base_label, known[new], new_label)
    assert str(refusal.value).startswith(sentence)


# What is shown


def test_what_holds_for_several_labels_is_said_once() -> None:
    base, new = (report(n, {TF: tapes(2.0), FIT: tapes(3.0)}) for n in (1, 2))
    remarks = compare_words.remarks(compare.compare(base, new, [(TF, TF), (FIT, FIT)]))
    assert remarks[0].startswith("TensorFlow bare function and Keras fit: The interval covers 3 and 3 rounds only")
    assert remarks[1:] == ["TensorFlow bare function and Keras fit: nothing that is recorded of the program changed."]


def test_two_labels_of_one_experiment_keep_a_column_each() -> None:
    whole = report(1, {TF: tapes(2.0), FIT: tapes(3.0)})
    shown = views.table(compare.compare(whole, whole, [(TF, FIT)]))
    row = dict(zip(shown.headers, *shown.cells, strict=True))
    assert row["Variant"] == "TensorFlow bare function / Keras fit"
    assert [row[f"{side} (ms) [95 %]"][:5] for side in ("Base", "New")] == ["2.000", "3.000"]


def test_the_table_the_chart_and_the_json_say_the_same() -> None:
    base = report(1, {TF: tapes(2.0), FIT: tapes(3.0)})
    new = report(2, {TF: tapes(2.0, 1.2), FIT: tapes(3.0, 1.26)}, versions=NEWER)
    compared = compare.compare(base, new, [(TF, TF), (FIT, FIT)])
    shown = views.table(compared)
    assert shown.headers[-2:] == ["New / base [95 %]", "Interval stands on"]
    assert [row[-2:] for row in shown.cells] == [
        ["1.2000 [1.2000, 1.2000]", "rounds only"],
        ["1.0500 [1.0500, 1.0500]", "rounds, beside TensorFlow bare function"],
    ]
    chart = charts.ratios(compared)
    assert [trace.marker.symbol for trace in chart.data] == ["square-open", "circle"]
    values = json.loads(json.dumps(compare_words.as_json(compared), allow_nan=False))
    assert [one["ratio"] for one in values["comparisons"]] == [found.ratio for found in compared.comparisons]
    assert values["comparisons"][1]["yardsticks"] == [TF]
    assert values["base"]["id"] == 1 and values["format"] == "lenet-bench/comparison"
