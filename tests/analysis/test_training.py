"""Training as a whole: time to accuracy, what pays off when, and what was in force."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import psutil
import pytest

from lenet.analysis import effective, milestones, payoff
from lenet.analysis import report as reports
from lenet.analysis.verdict import Pair
from lenet.bench import memory
from lenet.charts import training
from lenet.records import Epoch
from lenet.views import experiment as experiment_view
from lenet.views import training as training_view
from tests.helpers.tapes import experiment, passed, race, raced, run, settings

GRAPH, FIT, XLA, TORCH, LAST = "tensorflow_graph", "keras_fit", "keras_xla", "pytorch_eager", "pytorch_channels_last"
PER_EPOCH = 100
FACTS = {"device": "cpu", "threads": 2, "jit": False, "layout": "channels_last", "dtype": "float32", "tf32": False}


# Time to accuracy


def learnt(accuracies: dict[str, list[list[float]]], ms: float = 10.0, status: str = "finished"):
    """A report of labels whose runs know so much after each epoch of 100 batches of `ms`."""
    runs, batches, epochs = [], {}, []
    most = max(len(curve) for curves in accuracies.values() for curve in curves)
    for label, curves in accuracies.items():
        for round, curve in enumerate(curves, 1):
            number = len(runs) + 1
            runs.append(run(number, label, round, status if round == len(curves) else "finished"))
            batches[number] = raced([ms * number] * (PER_EPOCH * len(curve)))
            epochs += [Epoch(number, place, 0.1, known, place * PER_EPOCH) for place, known in enumerate(curve, 1)]
    wanted = settings(images_per_epoch=32 * PER_EPOCH, epochs=most)
    answers = {label: passed(label) for label in accuracies}
    return reports.build(experiment(list(accuracies), wanted), runs, batches, epochs, answers)


def row(table, label, target):
    (found,) = table[(table["label"] == label) & (table["target"] == target)].to_dict("records")
    return found


def test_a_milestone_is_the_end_of_the_first_epoch_that_passed_it() -> None:
    table = milestones.table(learnt({GRAPH: [[0.96, 0.98, 0.97]]}))
    first, second, third = (row(table, GRAPH, target) for target in milestones.TARGETS)
    assert (first["seconds"], first["first_epoch"]) == (
        pytest.approx(2.0),
        2,
    )  # 200 batches of 10 ms; later dips count not
    assert (second["seconds"], second["last_epoch"]) == (pytest.approx(2.0), 2)  # exactly 98 % is 98 %
    assert math.isnan(third["seconds"]) and (third["reached"], third["runs"], third["first_epoch"]) == (0, 1, 0)


def test_runs_have_one_interval_and_epochs_from_the_earliest_to_the_latest() -> None:
    """Batches of 10 and 20 ms: 1.0 s after one epoch, 4.0 s after two; the geometric mean is 2."""
    found = row(milestones.table(learnt({GRAPH: [[0.975, 0.98], [0.9, 0.975]]})), GRAPH, 0.97)
    assert found["seconds"] == pytest.approx(2.0)
    assert (found["first_epoch"], found["last_epoch"]) == (1, 2)
    assert found["low"] < 2 < found["high"]


def test_who_did_not_pass_in_every_run_has_no_time() -> None:
    report = learnt({GRAPH: [[0.975], [0.96]]})
    found = row(milestones.table(report), GRAPH, 0.97)
    assert math.isnan(found["seconds"]) and (found["reached"], found["runs"]) == (1, 2)
    assert training_view.times_to_accuracy(milestones.table(report)).cells[0][1:] == [
        "reached by 1 of 2 runs", "not reached", "not reached",
    ]  # fmt: skip


def test_a_run_that_crashed_counts_for_no_milestone() -> None:
    table = milestones.table(learnt({GRAPH: [[0.98], [0.99]]}, status="crashed"))
    assert row(table, GRAPH, 0.99)["reached"] == 0 and row(table, GRAPH, 0.98)["runs"] == 1
    assert milestones.table(race({GRAPH: []})).empty


def test_the_chart_has_a_mark_for_each_milestone_that_was_passed() -> None:
    table = milestones.table(learnt({GRAPH: [[0.975, 0.99]], FIT: [[0.96, 0.98]]}))
    chart = training.time_to_accuracy(table)
    assert {trace.name: list(trace.y) for trace in chart.data} == {
        "97 %": ["TensorFlow graph", "Keras fit"],
        "98 %": ["TensorFlow graph", "Keras fit"],
        "99 %": ["TensorFlow graph"],
    }


# What pays off


def started(first: float, ms: float, rounds: int = 3, noise: float = 0.0, seed: int = 1):
    """Tapes whose first batch takes `first` s and later ones `ms`, in every round a little different."""
    generator = np.random.default_rng(seed)
    tapes = []
    for _ in range(rounds):
        speed = 1 + generator.normal(0, noise)
        tapes.append(raced(np.concatenate([[1e3 * first * speed], np.full(419, ms * speed)])))
    return tapes


def test_a_dear_start_pays_off_after_what_it_costs_by_what_it_gains() -> None:
    """4 s more at the start, 2 ms less for each batch: 2,000 batches, and 420 are an epoch."""
    (found,) = payoff.payoffs(race({FIT: started(1.0, 4.0), XLA: started(5.0, 2.0)}))
    assert (found.label, found.other, found.answer) == (XLA, FIT, payoff.AFTER)
    assert (found.cost_s, found.gain_ms) == (pytest.approx(4.0), pytest.approx(2.0))
    assert (found.batches, found.low, found.high) == pytest.approx((2000, 2000, 2000))
    assert found.epochs[0] == pytest.approx(2000 / 420)
    assert found.sentence.startswith("Keras XLA pays off against Keras fit after 4.7619 epochs [4.7619, 4.7619] (2,000")
    assert "its build and first batch take 4.0 s longer, each later batch 2.0 ms less" in found.sentence


def test_what_pays_off_within_the_first_epoch_is_said_in_batches() -> None:
    (found,) = payoff.payoffs(race({FIT: started(1.0, 4.0), XLA: started(1.2, 2.0)}))
    assert found.moment == "after 100.0000 batches [100.0000, 100.0000]"
    assert found.sentence.startswith(
        "Keras XLA pays off against Keras fit after 100.0000 batches [100.0000, 100.0000]: "
    )


def test_who_starts_dearer_and_is_slower_never_pays_off() -> None:
    (found,) = payoff.payoffs(race({FIT: started(1.0, 2.0), XLA: started(5.0, 4.0)}))
    assert (found.label, found.answer, found.cost_s) == (XLA, payoff.NEVER, pytest.approx(4.0))
    assert found.sentence == (
        "Keras XLA never pays off against Keras fit: its build and first batch take 4.0 s longer, and each later batch "
        "2.0 ms longer too."
    )


def test_who_starts_no_dearer_pays_off_at_once() -> None:
    (found,) = payoff.payoffs(race({FIT: started(1.0, 4.0), XLA: started(1.0, 2.0)}))
    assert (found.label, found.answer) == (XLA, payoff.AT_ONCE)
    assert "pays off against Keras fit at once" in found.sentence


def test_without_a_measurable_gain_it_cannot_be_told() -> None:
    same = started(5.0, 4.0)
    (found,) = payoff.payoffs(race({FIT: started(1.0, 4.0), XLA: same}))
    assert (found.label, found.answer, found.cost_s) == (XLA, payoff.UNKNOWN, pytest.approx(4.0))
    assert found.sentence.startswith("Whether Keras XLA pays off against Keras fit cannot be told: ")


def test_equal_programs_ask_nothing() -> None:
    pairs = {FIT: started(1.0, 4.0, noise=0.05), f"{FIT}~2": started(1.0, 4.0, noise=0.05, seed=2)}
    assert payoff.payoffs(race(pairs)) == []


def test_a_single_round_has_a_figure_and_no_interval() -> None:
    (found,) = payoff.payoffs(race({FIT: started(1.0, 4.0, 1), XLA: started(5.0, 2.0, 1)}))
    assert found.batches == pytest.approx(2000) and math.isnan(found.low)
    assert "after about 4.8 epochs (2,000 batches)" in found.sentence


def test_the_build_counts_as_it_was_timed_alone() -> None:
    """Two seconds of build in the first round, and twenty in a later one where all were building."""
    runs, batches = [], {}
    for label, first, ms in ((FIT, 1.0, 4.0), (XLA, 1.0, 2.0)):
        for round, rows in enumerate(started(first, ms), 1):
            number = len(runs) + 1
            build = 0.0 if label == FIT else 2.0 if round == 1 else 20.0
            phases = {"import": 1.0, "build": build}
            runs.append(run(number, label, round, phases=phases, load={"started_alone": round == 1}))
            batches[number] = rows
    answers = {label: passed(label) for label in (FIT, XLA)}
    (found,) = payoff.payoffs(reports.build(experiment([FIT, XLA], settings()), runs, batches, [], answers))
    assert found.cost_s == pytest.approx(2.0) and found.batches == pytest.approx(1000)


def pair(different: bool = True) -> Pair:
    return Pair(FIT, XLA, 2.0, 1.9, 2.1, 3, 30, 2.0, "", different)


@pytest.mark.parametrize("rounds", [2, 3, 5, 10])
def test_the_interval_holds_the_true_number_of_batches(rounds: int) -> None:
    """4 s of cost, 2 ms of gain, each known to 10 % per round."""
    generator = np.random.default_rng(rounds)
    hits = []
    for _ in range(600):
        cost, gain = generator.normal(4.0, 0.4, rounds), generator.normal(2e-3, 2e-4, rounds)
        found = payoff.of_rounds(pair(), cost, gain, 100)
        hits.append(found.low <= 2000 <= found.high)
        assert found.low <= found.batches <= found.high
    assert 0.95 - 3 * 0.009 <= np.mean(hits) <= 0.99


def test_the_interval_has_no_upper_end_where_the_gain_may_be_none() -> None:
    cost, gain = np.array([4.0, 4.1, 3.9]), np.array([1e-3, -0.5e-3, 2e-3])
    found = payoff.of_rounds(pair(), cost, gain, 100)
    assert found.answer == payoff.AFTER and math.isinf(found.high) and 0 < found.low < found.batches
    assert ", at least " in found.sentence
    beyond = 1e6 * found.low
    # By definition: at the ends of the set D - x G could just be 0; below the lower end it could not.
    for x, inside in ((0.99 * found.low, False), (1.01 * found.low, True), (beyond, True)):
        rest = cost - x * gain
        t = abs(rest.mean()) / (rest.std(ddof=1) / math.sqrt(3))
        assert bool(t <= 4.3027) is inside


def test_the_table_and_the_chart_say_when() -> None:
    found = payoff.payoffs(race({FIT: started(1.0, 4.0), XLA: started(5.0, 2.0), GRAPH: started(1.0, 1.0)}))
    table = training_view.payoffs(found)
    assert [row[1:3] for row in table.cells] == [
        ["TensorFlow graph", "never"],
        ["Keras fit", "at once"],
        ["Keras fit", "after 4.7619 epochs [4.7619, 4.7619]"],
    ]
    line, mark = training.behind(found).data
    assert (list(line.y), list(mark.x)) == ([pytest.approx(4.0), pytest.approx(-4.0)], [pytest.approx(2000 / 420)])


def test_a_race_that_compares_nothing_pays_nothing_off() -> None:
    assert payoff.payoffs(race({GRAPH: started(1.0, 2.0)})) == []


# What was in force


def with_facts(facts: dict[str, list[dict]], **values):
    """A report in which each label's runs said this, in the order of the rounds."""
    runs, batches = [], {}
    for place, (label, said) in enumerate(facts.items()):
        for round, one in enumerate(said, 1):
            runs.append(run(len(runs) + 1, label, round, facts=one))
            batches[len(runs)] = raced([2.0 + place] * 420)
    answers = {label: passed(label) for label in facts}
    return reports.build(experiment(list(facts), settings(threads=2, **values)), runs, batches, [], answers)


def test_what_was_in_force_stands_side_by_side() -> None:
    report = with_facts({GRAPH: [FACTS] * 2, TORCH: [{**FACTS, "layout": "channels_first"}] * 2}, allocator="steady")
    table = effective.table(report)
    assert table.loc["layout"].to_dict() == {GRAPH: "channels_last", TORCH: "channels_first"}
    assert table.loc["allocator"].to_dict() == {GRAPH: "steady", TORCH: "steady"}
    assert table.loc["jit"].to_dict() == {GRAPH: "no", TORCH: "no"}
    assert "matmul_precision" not in table.index  # nobody said it
    (block,) = experiment_view.in_force(report).blocks
    assert [row[0] for row in block.table.cells] == ["TensorFlow graph", "PyTorch bare loop"]


@pytest.mark.parametrize(
    ("fact", "other", "name"),
    [
        ("threads", 1, "Threads"),
        ("jit", True, "Just-in-time compiler"),
        ("layout", "channels_first", "Layout of images"),
        ("dtype", "float64", "Number type"),
        ("tf32", True, "TF32"),
        ("device", "gpu", "Device"),
    ],
)
def test_a_pair_that_differs_beside_what_it_compares_is_warned_of(fact, other, name) -> None:
    assert effective.warnings(with_facts({GRAPH: [FACTS] * 2, FIT: [FACTS] * 2})) == []
    first = effective.warnings(with_facts({GRAPH: [FACTS] * 2, FIT: [{**FACTS, fact: other}] * 2}))[0]
    assert first.startswith(f"{name} differs, which may be part of their ratio: ")
    assert "for TensorFlow graph" in first and "for Keras fit" in first


def test_what_a_variant_is_there_to_change_is_not_warned_of() -> None:
    compiled, last = {**FACTS, "jit": True}, {**FACTS, "layout": "channels_first"}
    assert effective.warnings(with_facts({FIT: [FACTS], XLA: [compiled]})) == []
    assert effective.warnings(with_facts({TORCH: [last], LAST: [FACTS]})) == []
    assert len(effective.warnings(with_facts({FIT: [FACTS], XLA: [{**compiled, "layout": "channels_first"}]}))) == 1


def test_silence_is_no_difference() -> None:
    silent = {name: value for name, value in FACTS.items() if name != "tf32"}
    assert effective.warnings(with_facts({GRAPH: [{**FACTS, "tf32": True}], FIT: [silent]})) == []


def test_runs_that_do_not_agree_and_threads_not_asked_for_are_named() -> None:
    found = effective.warnings(with_facts({GRAPH: [FACTS, {**FACTS, "jit": True}], FIT: [{**FACTS, "threads": 8}] * 2}))
    assert "TensorFlow graph's runs do not agree in one thing: just-in-time compiler was no, yes." in found
    assert "Keras fit had 8 threads where 2 were asked for." in found


def test_of_three_variants_each_difference_is_said_once() -> None:
    first = {**FACTS, "layout": "channels_first"}
    (sentence,) = effective.warnings(with_facts({GRAPH: [FACTS], FIT: [FACTS], TORCH: [first]}))
    assert sentence == (
        "Layout of images differs, which may be part of their ratio: channels_first for PyTorch bare loop; "
        "channels_last for TensorFlow graph and Keras fit."
    )


# Memory


def test_what_a_worker_started_counts_towards_its_memory() -> None:
    taken = 60 * 2**20
    program = f"import sys; kept = b'x' * {taken}; print('taken', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"taken\n"
        process = psutil.Process(child.pid)
        assert memory.together([process, process]) > 2 * taken
        assert memory.peak(child.pid) > taken
        child.stdin.close()
        child.wait()
    assert memory.together([process]) == memory.peak(child.pid) == 0
