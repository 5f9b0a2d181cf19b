"""Reports of races whose answer is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from lenet import catalog
from lenet.analysis import ratio_words, verdict
from lenet.analysis import report as reports
from lenet.analysis.issue7439.original import ORIGINALS
from lenet.bench.machine import describe
from lenet.records import Epoch, Parity
from lenet.store import open_store
from lenet.views import race as race_view
from lenet.worker.tape import DTYPE
from tests.helpers.tapes import experiment, passed, race, raced, run, settings, tape

BATCHES = 420
GRAPH, FIT, EAGER = "tensorflow_graph", "keras_fit", "tensorflow_eager"
Times = Callable[[np.random.Generator], npt.NDArray[np.float64]]


def noisy(
    mean: float, process: float = 0.0, slices: float = 0.0, rounds: int = 3, seed: int = 1, batches: int = BATCHES
):
    """Tapes of some rounds: batches of `mean` ms, with a lottery per process and noise per slice of 50 (log scale)."""
    generator = np.random.default_rng(seed)
    result = []
    for _ in range(rounds):
        speed = np.repeat(generator.normal(0, slices, batches // 50 + 1), 50)[:batches]
        result.append(raced(mean * np.exp(generator.normal(0, process) + speed)))
    return result


# Ratios


def test_a_constant_race_has_its_exact_ratio_and_no_width() -> None:
    (pair,) = race({GRAPH: [raced([2.0] * BATCHES)] * 3, FIT: [raced([4.0] * BATCHES)] * 3}).pairs
    assert (pair.slow, pair.fast) == (FIT, GRAPH)
    assert (pair.ratio, pair.low, pair.high) == pytest.approx((2, 2, 2), rel=1e-12)
    assert pair.different is True
    assert pair.verdict == "Keras fit takes 2.0000 times as long as TensorFlow graph [2.0000, 2.0000]."
    assert pair.rounds == 3
    assert pair.slices == 3 * 8


def test_what_the_device_counts_is_of_the_runs_that_have_it() -> None:
    runs = [
        run(1, GRAPH, facts={"device_peak_bytes": 300}, load={"energy_joules": 42.0}),
        run(2, GRAPH, round=2, facts={"device_peak_bytes": 500}, load={"energy_joules": 84.0}),
        run(3, FIT),
    ]
    batches = {one.id: raced([2.0] * BATCHES) for one in runs}
    report = reports.build(experiment([GRAPH, FIT]), runs, batches, (), {})
    found = report.variants.set_index("label")
    assert found.loc[GRAPH, "device_peak_bytes"] == 500
    assert found.loc[GRAPH, "batch_joules"] == pytest.approx((42 + 84) / 2 / BATCHES)
    assert found.loc[FIT, ["device_peak_bytes", "batch_joules"]].isna().all()
    shown = race_view.costs(report)
    rows = {row[0]: dict(zip(shown.headers, row, strict=True)) for row in shown.cells}
    assert [rows["Keras fit"][name] for name in ("Device memory (MiB)", "Energy (J/batch)")] == ["–", "–"]
    assert rows["TensorFlow graph"]["Energy (J/batch)"] == "0.150"


def test_the_same_tape_twice_makes_no_difference() -> None:
    tapes = noisy(3.0, process=0.05, slices=0.02)
    (pair,) = race({GRAPH: tapes, f"{GRAPH}~2": tapes}).pairs
    assert (pair.ratio, pair.low, pair.high) == (1, 1, 1)
    assert pair.different is False
    assert pair.verdict.startswith("TensorFlow graph") and " are equal within ±" in pair.verdict
    assert "TensorFlow graph (2)" in pair.verdict
    assert "[1.0000, 1.0000]. A difference of 0.01 % or more would have been seen nine times in ten." in pair.verdict


def test_doubling_every_batch_doubles_the_ratio() -> None:
    a, b = noisy(3.0, 0.03, 0.01, seed=1), noisy(4.0, 0.03, 0.01, seed=2)
    doubled = [tape(2 * (rows["end"] - rows["start"]) / 1e6, range(20, BATCHES, 50)) for rows in b]
    (once,), (twice,) = race({GRAPH: a, FIT: b}).pairs, race({GRAPH: a, FIT: doubled}).pairs
    assert (twice.ratio, twice.low, twice.high) == pytest.approx((2 * once.ratio, 2 * once.low, 2 * once.high))


def test_swapping_the_pair_inverts_the_ratio() -> None:
    a = {1: np.array([3.0, 3.2, 2.9, 3.1]), 2: np.array([3.3, 3.1])}
    b = {1: np.array([2.0, 2.3, 2.1, 2.2]), 2: np.array([2.2, 2.0])}
    there, back = verdict.compare("a", "b", a, b), verdict.compare("b", "a", b, a)
    assert there is not None
    assert back is not None
    assert (there.slow, there.fast) == (back.slow, back.fast) == ("a", "b")
    for name in ("ratio", "low", "high", "mean_ratio"):
        assert getattr(there, name) == pytest.approx(getattr(back, name), rel=1e-12)
    assert there.ratio > 1


def test_a_lottery_per_process_is_not_taken_for_a_difference() -> None:
    """An A/A race whose slices agree to 0.1 % and whose processes do not: slices alone would shut out 1."""
    lucky = [raced([2.0 * speed] * BATCHES) for speed in (1.0, 1.2, 1.02)]
    other = [raced([2.0 * speed] * BATCHES) for speed in (1.15, 1.0, 1.2)]
    (pair,) = race({GRAPH: lucky, f"{GRAPH}~2": other}).pairs
    assert pair.different is False
    assert pair.high - pair.low > 0.2
    assert pair.verdict.startswith("Undecided: ") and "3 rounds allow" in pair.verdict
    (first,) = race({GRAPH: lucky[:1], f"{GRAPH}~2": other[:1]}).pairs
    assert first.different is True  # what one round believes, and why it says that it is one round
    assert first.verdict.endswith("(one round: differences between processes are not in this interval).")


def test_bursts_do_not_move_the_figure() -> None:
    quiet = noisy(2.0, slices=0.002)
    burst = [rows.copy() for rows in noisy(3.0, slices=0.002, seed=2)]
    (before,) = race({GRAPH: quiet, FIT: burst}).pairs
    noise = [np.array((rows["end"] - rows["start"]) / 1e6) for rows in burst]
    for ms in noise:
        ms[120:170] *= 3
    loud = [raced(ms) for ms in noise]
    (after,) = race({GRAPH: quiet, FIT: loud}).pairs
    assert after.ratio == pytest.approx(before.ratio, rel=0.002)
    assert after.mean_ratio > 1.1 * before.ratio


@pytest.mark.parametrize("length", [15, 20, 50, 100])
def test_the_slow_one_of_every_ten_counts(length: int) -> None:
    retraces = np.where(np.arange(BATCHES) % 10 == 7, 11.0, 1.0)
    report = race({GRAPH: [raced([1.0] * BATCHES, length)] * 3, FIT: [raced(retraces, length)] * 3})
    (pair,) = report.pairs
    assert pair.slow == FIT
    assert pair.ratio == pytest.approx(2.0, rel=0.3)
    slow = report.variants.set_index("label").loc[FIT]
    assert slow["median_ms"] == pytest.approx(1.0)
    assert slow["images_per_second"] == pytest.approx(32_000 / slow["batch_ms"])


def test_rare_long_batches_get_a_sentence_of_their_own() -> None:
    rare = np.where(np.arange(BATCHES) == 200, 300.0, 1.0)
    (pair,) = race({GRAPH: [raced([1.0] * BATCHES)] * 3, FIT: [raced(rare)] * 3}).pairs
    assert pair.ratio == 1
    assert "With its rare long batches counted in full the ratio is" in pair.verdict


def test_drift_that_both_see_cancels() -> None:
    drift = np.repeat(np.exp(np.cumsum(np.random.default_rng(4).normal(0, 0.3, 9))), 50)[:BATCHES]
    (pair,) = race({GRAPH: [raced(2 * drift)] * 3, FIT: [raced(3 * drift)] * 3}).pairs
    assert pair.ratio == pytest.approx(1.5, rel=1e-5)
    assert pair.high - pair.low < 1e-4


def test_pairs_are_in_the_order_of_the_ranking() -> None:
    times = {EAGER: 5.0, FIT: 2.0, GRAPH: 1.0}
    report = race({label: [raced([ms] * BATCHES)] * 2 for label, ms in times.items()})
    assert report.variants["label"].tolist() == [GRAPH, FIT, EAGER]
    assert [(pair.slow, pair.fast) for pair in report.pairs] == [(FIT, GRAPH), (EAGER, GRAPH), (EAGER, FIT)]
    assert report.verdicts == tuple(pair.verdict for pair in report.pairs)


# What is not compared


def test_a_variant_that_is_not_equivalent_enters_no_ratio_and_is_named_once() -> None:
    wrong = passed(FIT, equivalent=False, difference=3.1e-3, layer="dense1_kernel")
    times = {name: [raced([2.0] * BATCHES)] * 2 for name in (GRAPH, EAGER, FIT)}
    report = race(times, keras_fit=wrong)
    assert [{pair.slow, pair.fast} for pair in report.pairs] == [{GRAPH, EAGER}]
    assert report.verdicts[1:] == (
        "Keras fit is not equivalent to the reference (dense1_kernel differs by 3.1e-03, tolerance 1e-05), "
        "so its time is not compared.",
    )
    assert report.variants.set_index("label")["equivalent"].to_dict() == {GRAPH: True, EAGER: True, FIT: False}


def test_a_variant_without_an_answer_enters_no_ratio() -> None:
    report = race({GRAPH: [raced([2.0] * BATCHES)], FIT: [raced([3.0] * BATCHES)]}, keras_fit=None)
    assert report.pairs == ()
    assert report.verdicts == (
        "Keras fit has no answer from the check against the reference, so its time is not compared.",
    )


def test_runs_too_short_to_compare_say_how_many_batches_would_do() -> None:
    report = race({GRAPH: [raced([2.0] * 22)], FIT: [raced([3.0] * BATCHES)]})
    assert report.pairs == ()
    assert report.verdicts == ("TensorFlow graph trained too few batches to compare: train at least 24 batches.",)
    row = report.runs.iloc[0]
    assert np.isnan(row["p50_ms"])
    assert row["total_s"] == pytest.approx(0.044)


def test_only_finished_runs_enter_a_ratio_and_only_rounds_with_both() -> None:
    slow, fast = raced([4.0] * BATCHES), raced([2.0] * BATCHES)
    odd = raced([40.0] * BATCHES)
    runs = [run(1, GRAPH, 1), run(2, FIT, 1), run(3, GRAPH, 2), run(4, FIT, 2, "crashed", reason="Killed."),
            run(5, FIT, 3)]  # fmt: skip
    batches = {1: fast, 2: slow, 3: fast, 4: odd[:100], 5: odd}
    report = reports.build(experiment([GRAPH, FIT]), runs, batches, [], {GRAPH: passed(GRAPH), FIT: passed(FIT)})
    (pair,) = report.pairs
    assert pair.rounds == 1
    assert pair.ratio == pytest.approx(2)
    crashed = report.runs.set_index("run_id").loc[4]
    assert crashed["p50_ms"] == pytest.approx(40)
    assert crashed["reason"] == "Killed."
    assert report.variants.set_index("label").loc[FIT, "statuses"] == "2 finished, 1 crashed"
    assert report.variants.set_index("label").loc[FIT, "rounds"] == 2


def test_a_variant_without_a_finished_run_keeps_its_figures_and_says_why() -> None:
    runs = [run(1, GRAPH), run(2, FIT, status="cancelled", reason="It was stopped.")]
    batches = {1: raced([2.0] * BATCHES), 2: raced([3.0] * 200)}
    report = reports.build(experiment([GRAPH, FIT]), runs, batches, [], {GRAPH: passed(GRAPH), FIT: passed(FIT)})
    assert report.verdicts == (
        "Keras fit has no finished run (1 cancelled), so its time is not compared. It was stopped.",
    )
    assert report.variants.set_index("label").loc[FIT, "median_ms"] == pytest.approx(3.0)


def test_an_experiment_that_has_not_begun_has_a_report() -> None:
    report = reports.build(experiment([GRAPH, FIT], status="queued"), [], {}, [], {})
    assert report.pairs == ()
    assert len(report.variants) == 2
    assert report.runs.empty
    assert report.batches.empty
    assert report.variants["median_ms"].isna().all()
    assert all("not started" in sentence for sentence in report.verdicts)


def test_one_variant_alone_is_no_pair() -> None:
    report = race({GRAPH: [raced([2.0] * BATCHES)] * 2})
    assert report.pairs == ()
    assert report.verdicts == ()


# Sentences


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        ((1.6213, 1.578, 1.671), ("1.62", "1.58", "1.67")),
        ((1.0041, 0.9911, 1.0121), ("1.004", "0.991", "1.012")),
        ((1.6213, 1.5, 1.7), ("1.62", "1.50", "1.70")),
        ((1.6213, 1.2, 2.0), ("1.6", "1.2", "2.0")),
        ((1.3, 1.004, 1.6), ("1.300", "1.004", "1.600")),
        ((50.0, 1.2, 2000.0), ("50", "1.2", "2,000")),
        ((2.0, 2.0, 2.0), ("2.0000", "2.0000", "2.0000")),
    ],
)
def test_digits_are_those_the_interval_justifies(figures: tuple[float, ...], text: tuple[str, ...]) -> None:
    assert ratio_words.rounded(*figures) == text


def test_only_runs_that_started_alone_say_how_long_starting_takes() -> None:
    rows = raced([5.0] * 200)
    alone = run(1, "numpy_reference", 1, phases={"import": 2.0, "build": 0.5}, load={"started_alone": True})
    crowded = run(2, "numpy_reference", 2, phases={"import": 9.0, "build": 3.0}, load={"started_alone": False})
    found = reports.build(experiment(["numpy_reference"]), [alone, crowded], {1: rows, 2: rows}, [], {})
    (row,) = found.variants.to_dict("records")
    assert (row["import_s"], row["build_s"]) == (2.0, 0.5)
    assert found.runs["import_s"].tolist() == [2.0, 9.0], "what was seen is still shown run by run"


def test_a_single_slice_has_a_ratio_and_no_interval() -> None:
    pair = verdict.compare(FIT, GRAPH, {1: np.array([3.2])}, {1: np.array([2.0])})
    assert pair is not None
    assert pair.different is None
    assert pair.verdict == (
        "Undecided: Keras fit looks 1.6 times as slow as TensorFlow graph, but a single slice gives no interval; "
        "train longer, or race more rounds."
    )


# Tables


def test_the_tables_hold_what_the_tapes_say() -> None:
    losses = np.linspace(2.0, 1.0, BATCHES)
    rows = tape([100.0] + [2.0] * (BATCHES - 1), range(20, BATCHES, 50), losses)
    wanted = settings(epochs=2, images_per_epoch=32 * 210, rounds=1)
    epochs = [Epoch(1, 1, 0.5, 0.8, 210), Epoch(1, 2, 0.3, 0.9, 420)]
    report = reports.build(experiment([GRAPH], wanted), [run(1, GRAPH)], {1: rows}, epochs, {GRAPH: passed(GRAPH)})
    (row,) = report.runs.to_dict("records")
    assert row["first_batch_s"] == pytest.approx(0.1)
    assert row["total_s"] == pytest.approx(0.1 + 419 * 0.002)
    assert row["steady_batches"] == 400 - 8 * 5
    assert row["steady_s"] == pytest.approx(360 * 0.002)
    assert (row["test_accuracy"], row["test_loss"]) == (0.9, 0.3)
    assert row["train_loss"] == pytest.approx(losses[210:].mean())
    assert report.epochs["train_loss"].tolist() == pytest.approx([losses[:210].mean(), losses[210:].mean()])
    assert report.epochs["training_seconds"].tolist() == pytest.approx([0.1 + 209 * 0.002, 0.1 + 419 * 0.002])
    assert len(report.batches) == 360
    assert report.batches["ms"].to_numpy() == pytest.approx(2.0)
    (variant,) = report.variants.to_dict("records")
    assert variant["images_per_second"] == pytest.approx(16_000)
    assert variant["import_s"] == 2.0
    assert np.isnan(variant["total_low"])


def test_the_interval_of_a_variant_holds_its_processes_too() -> None:
    report = race({GRAPH: [raced([ms] * BATCHES) for ms in (2.0, 2.2, 2.1)]})
    (row,) = report.variants.to_dict("records")
    assert row["median_low"] < 2.0 < 2.2 < row["median_high"]
    assert row["batch_low"] < row["batch_ms"] < row["batch_high"]
    assert row["total_low"] < row["total_s"] < row["total_high"]


def test_a_shuffling_variant_that_ends_at_another_loss_gets_a_note() -> None:
    shared = [tape([2.0] * BATCHES, range(20, BATCHES, 50), 0.30)] * 2

    def note(loss: float) -> str:
        own = [tape([3.0] * BATCHES, range(20, BATCHES, 50), loss)] * 2
        notes = race({GRAPH: shared, FIT: own}).variants.set_index("label")["note"]
        assert notes[GRAPH] == ""
        return str(notes[FIT])

    assert note(0.33) == ""
    assert "0.600" in note(0.60)
    assert "0.300" in note(0.60)


def test_a_variant_that_is_not_equivalent_sets_no_loss_for_others() -> None:
    times = {name: [tape([2.0] * BATCHES, range(20, BATCHES, 50), loss)] for name, loss in
             ((GRAPH, 9.0), (EAGER, 0.3), (FIT, 0.3))}  # fmt: skip
    report = race(times, tensorflow_graph=passed(GRAPH, equivalent=False))
    assert report.variants.set_index("label").loc[FIT, "note"] == ""


def test_caveats_of_the_catalogue_are_beside_the_figures() -> None:
    caveats = race({FIT: [raced([2.0] * BATCHES)]}).variants["caveats"].item()
    assert caveats == " ".join(catalog.variant(FIT).caveats) != ""


def test_the_original_figures_are_those_of_the_issue() -> None:
    assert {o.variant: o.seconds for o in ORIGINALS} == {GRAPH: 72, FIT: 163}
    assert all(catalog.variant(o.variant) for o in ORIGINALS)
    assert ORIGINALS[0].batch_ms == pytest.approx(3.2)


def test_a_report_is_loaded_from_the_store(tmp_path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'report.db'}")
    try:
        number = store.add_experiment(experiment([GRAPH, FIT]).request, "here")
        store.claim(number, describe(), "me")
        for label, ms in ((GRAPH, 2.0), (FIT, 3.0)):
            folder = f"r1-{label}"
            row = store.add_run(
                number, round=1, label=label, variant=label, stack="main", source_hash="x", folder=folder
            )
            store.end_run(row, "finished", batches=raced([ms] * BATCHES), phases={"import": 1.0})
            store.add_epoch(Epoch(row, 1, 0.5, 0.8, BATCHES))
            store.add_parity(Parity(f"key {label}", label, True, 1e-8, "conv1_bias", 1e-5))
        running = store.add_run(number, round=2, label=GRAPH, variant=GRAPH, stack="main", source_hash="x", folder="f")
        store.set_parity_keys(number, {label: f"key {label}" for label in (GRAPH, FIT)})
        report = reports.load(store, number)
    finally:
        store.close()
    assert report.pairs[0].ratio == pytest.approx(1.5)
    assert set(report.parities) == {GRAPH, FIT}
    assert report.runs.set_index("run_id").loc[running, "status"] == "running"
    assert len(raced([])) == 0
    assert raced([]).dtype == DTYPE
