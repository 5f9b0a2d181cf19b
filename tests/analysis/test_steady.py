"""Which batches count, and which do not."""

from __future__ import annotations

import numpy as np
import pytest

from lenet.analysis import losses, steady
from lenet.analysis.steady import RESUME_DROP, SHORT_DROP, SHORT_TURN, WARMUP
from lenet.worker.tape import DTYPE
from tests.helpers.tapes import raced, settings, tape, turns


def test_warm_up_and_the_batches_after_a_resume_are_left_out() -> None:
    rows = tape(np.arange(1, 121), pauses=[20, 70])
    kept = steady.steady(rows, settings())
    assert kept["batch"].tolist() == [*range(25, 70), *range(75, 120)]
    assert kept["slice"].tolist() == [0] * 45 + [1] * 45
    assert kept["ms"].tolist() == [*range(26, 71), *range(76, 121)]


@pytest.mark.parametrize(("length", "cold"), [(6, SHORT_DROP), (SHORT_TURN - 1, SHORT_DROP), (SHORT_TURN, RESUME_DROP)])
def test_a_short_turn_loses_fewer_batches(length: int, cold: int) -> None:
    kept = steady.steady(raced([1.0] * (WARMUP + 12 * length), length=length), settings())
    assert len(kept) == 12 * (length - cold)
    assert kept["batch"].tolist()[:2] == [WARMUP + cold, WARMUP + cold + 1]


def test_the_first_batch_after_a_pause_is_measured_beside_those_that_count() -> None:
    turn = [5.0, 3.0, 2.5, 2.0, 2.0, 2.0]
    assert steady.after_pauses(raced([9.0] * WARMUP + turn * 7, length=6)) == pytest.approx([2.5] * 7)
    for none in (raced([1.0] * WARMUP), tape([1.0] * 90), raced([2.0] * (WARMUP + 3), length=3)):
        assert len(steady.after_pauses(none)) == 0


def test_a_run_that_never_paused_loses_only_its_warm_up() -> None:
    kept = steady.steady(tape([3.0] * 60), settings())
    assert kept["batch"].tolist() == list(range(WARMUP, 60))


def test_total_is_every_batch_and_no_pause() -> None:
    rows = tape([100.0] + [2.0] * 99, pauses=[20, 60])
    assert steady.training_seconds(rows) == pytest.approx(0.1 + 99 * 0.002)
    assert steady.first_batch_seconds(rows) == pytest.approx(0.1)


@pytest.mark.parametrize("batches", [0, 1, WARMUP, WARMUP + SHORT_DROP])
def test_a_short_run_has_no_steady_batch(batches: int) -> None:
    rows = raced([1.0] * batches)
    assert len(steady.steady(rows, settings())) == 0


def test_the_number_of_batches_that_the_advice_names_is_enough() -> None:
    for wanted, rows in (
        (settings(), raced([1.0] * (WARMUP + SHORT_DROP + 1))),
        (settings(slice_ms=0), tape([1.0] * (WARMUP + 1))),
    ):
        assert f"{len(rows)} batches" in steady.too_few(wanted)
        assert len(steady.steady(rows, wanted)) == 1
        assert len(steady.steady(rows[:-1], wanted)) == 0


def test_short_slices_are_joined_so_that_each_sees_the_slow_one_of_every_ten() -> None:
    kept = steady.steady(raced([1.0] * 215, length=15), settings())
    sizes = kept.groupby("slice").size()
    assert sizes.sum() == 13 * 10
    assert (sizes >= steady.SHORTEST).all()
    assert sizes.index.tolist() == list(range(len(sizes)))


def test_without_slices_epochs_are_cut_into_equal_blocks() -> None:
    wanted = settings(slice_ms=0, epochs=2, images_per_epoch=32 * 200)
    kept = steady.steady(tape([1.0] * 400, pauses=[200]), wanted)
    sizes = kept.groupby("slice").size()
    assert sizes.tolist()[:4] == [45] * 4  # 200 batches without the 20 of the warm-up
    assert sorted(sizes.tolist()[4:]) == [48, 49, 49, 49]  # 195: the first five after the pause do not count
    first_epoch = kept[kept["batch"] < 200]
    assert first_epoch["slice"].max() == 3


def test_with_sync_at_the_epoch_a_slice_is_its_total() -> None:
    # Handed over in 1 ms each; the last batch of a slice waits for the work of all 50, the first five too.
    ms = np.full(120, 1.0)
    ms[[19, 69, 119]] = 101.0
    kept = steady.steady(raced(ms), settings(sync="epoch"))
    assert kept["batch"].tolist() == list(range(20, 120))
    assert kept["ms"].to_numpy() == pytest.approx(3.0)


def test_with_sync_at_the_epoch_and_no_slices_the_first_epoch_does_not_count() -> None:
    wanted = settings(sync="epoch", slice_ms=0, epochs=2, images_per_epoch=32 * 60)
    assert len(steady.steady(tape([1.0] * 60), wanted)) == 0
    assert "2 epochs" in steady.too_few(wanted)
    kept = steady.steady(tape([9.0] * 60 + [2.0] * 60, pauses=[60]), wanted)
    assert kept["ms"].tolist() == pytest.approx([2.0] * 60)


def test_cpu_time_is_that_of_whole_turns_after_the_warm_up() -> None:
    rows = raced([2.0] * 32, 6)
    rows["cpu"][[19, 25, 31]] = [500_000_000, 18_000_000, 30_000_000]
    assert steady.cpu_time(rows) == (pytest.approx(4.0), pytest.approx(2.0))
    rows["cpu"][25] = 0
    assert steady.cpu_time(rows) == (pytest.approx(5.0), pytest.approx(2.5)), "a turn that has none does not count"
    rows["cpu"] = 0
    assert np.isnan(steady.cpu_time(rows)).all() and np.isnan(steady.cpu_time(rows[:0])).all()


def test_stretches_of_an_empty_tape() -> None:
    assert len(steady.stretches(np.zeros(0, DTYPE))) == 0
    assert turns(100, 40) == [20, 60]


def test_a_running_mean_is_turned_into_the_losses_of_its_batches() -> None:
    own = np.random.default_rng(1).uniform(0.1, 2.0, 30)
    epochs = own.reshape(3, 10)
    running = (np.cumsum(epochs, axis=1) / np.arange(1, 11)).ravel()
    assert losses.per_batch(running, "keras_fit", 10) == pytest.approx(own)
    assert losses.per_batch(running[:7], "keras_fit", 10) == pytest.approx(own[:7])
    assert losses.per_batch(own, "tensorflow_graph", 10) is own
    assert len(losses.per_batch(own[:0], "keras_fit", 10)) == 0


def test_a_loss_that_was_not_read_hides_only_its_neighbour() -> None:
    running = np.array([2.0, np.nan, 2.0, 2.0])
    assert np.isnan(losses.per_batch(running, "keras_fit", 4)).tolist() == [False, True, True, False]


def test_the_loss_of_a_call_is_the_mean_of_its_batches() -> None:
    """Five batches per call, an epoch of seven: the calls end at batches 5 and 7 of each epoch."""
    own = np.array([3.0, 1, 2, 5, 4, 7, 9] * 2)
    running = np.concatenate([np.cumsum(own[:7]) / np.arange(1, 8)] * 2)
    seen = np.where(np.isin(np.arange(14) % 7, (4, 6)), running, np.nan)
    found = losses.per_batch(seen, "keras_steps_per_execution", 7)
    assert np.flatnonzero(~np.isnan(found)).tolist() == [4, 6, 11, 13]
    assert found[[4, 6, 11, 13]] == pytest.approx([3.0, 8.0] * 2)
