"""Figures that grow: what they say of a run at any moment is what its whole tape says, or as near as they promise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from lenet.analysis.growing import marks, window
from lenet.analysis.growing.histogram import Histogram
from lenet.analysis.growing.outline import Outline
from lenet.analysis.growing.run import LONGEST_UNREAD, GrowingRun
from lenet.analysis.growing.stretches import KEPT, MOST, SHORTEST, Stretches
from lenet.analysis.growing.window import Window
from lenet.analysis.losses import per_batch
from lenet.analysis.steady import BLOCK, milliseconds, slice_means, steady
from lenet.records import Run
from lenet.settings import Settings
from lenet.worker.tape import DTYPE
from tests.helpers.growing import growing

LENGTHS = (0, 1, 19, 20, 21, 30, 45, 100, 1000, 4567)


def tape(count: int, turn: int = 15, seed: int = 1) -> Any:
    """Rows of a run that pauses after each `turn` batches; 0: never."""
    random = np.random.default_rng(seed)
    ms = (6e6 * random.gamma(60, 1 / 60, count)).astype(np.int64)
    pauses = np.where(np.arange(count) % turn == 0, 90_000_000, 0) if turn else 0
    rows = np.zeros(count, DTYPE)
    rows["end"] = np.cumsum(ms + pauses)
    rows["start"] = rows["end"] - ms
    rows["loss"] = 2.3 * np.exp(-np.arange(count) / 2000) + 0.1 * random.random(count)
    return rows


def run_of(rows: Any, look: int = 0, label: str = "tensorflow_graph", bins: int = 500, **settings: Any) -> GrowingRun:
    record = Run(1, 1, 1, label, label, "running")
    return growing(record, rows, len(rows), Settings.parse({"epochs": 5, **settings}), bins=bins, look=look)


# Slices


@pytest.mark.parametrize("turn", [15, 5, 7, 10, 33, 0])
@pytest.mark.parametrize("sync", ["batch", "epoch"])
@pytest.mark.parametrize("count", LENGTHS)
def test_slices_are_those_of_the_whole_tape_at_every_look(count: int, sync: str, turn: int) -> None:
    rows = tape(count, turn)
    known = run_of(rows, 37, sync=sync)
    assert known.slices.means() == pytest.approx(slice_means(steady(rows, known.settings)))


@pytest.mark.parametrize("turn", [15, 330, 0])
@pytest.mark.parametrize("count", LENGTHS)
def test_blocks_of_a_run_without_turns_are_as_many_and_nearly_the_same(count: int, turn: int) -> None:
    rows = tape(count, turn)
    known = run_of(rows, 41, slice_ms=0)
    whole = slice_means(steady(rows, known.settings))
    stretches = count // turn + 1 if turn else 0
    assert len(known.slices.means()) == pytest.approx(len(whole), abs=stretches)
    if count > 10 * BLOCK:
        assert np.median(known.slices.means()) == pytest.approx(np.median(whole), rel=0.01)


def test_a_slice_of_batches_that_took_no_time_is_left_out() -> None:
    rows = tape(200)
    rows["start"][60:120] = rows["end"][60:120]
    known = run_of(rows, 13)
    means = known.slices.means()
    assert len(means) == len(slice_means(steady(rows, known.settings))) and (means > 0).all()


# Medians, extremes, marks


@pytest.mark.parametrize("count", [1, 2, 60, 5000])
def test_a_quantile_is_within_its_bound(count: int) -> None:
    values, histogram = np.random.default_rng(count).lognormal(1.8, 0.5, count), Histogram()
    for part in np.array_split(values, 7):
        histogram.add(part)
    for share in (0.02, 0.5, 0.99):
        assert histogram.quantile(share) == pytest.approx(np.quantile(values, share), rel=1e-3)
    assert histogram.above(float(np.quantile(values, 0.9))) == pytest.approx(count / 10, abs=1 + count / 500)
    assert histogram.above(0.0) == count


def test_equal_figures_have_exactly_their_median_and_zeros_are_the_smallest() -> None:
    histogram = Histogram()
    assert math.isnan(histogram.quantile(0.5))
    histogram.add(np.array([4.1] * 9))
    assert histogram.quantile(0.5) == pytest.approx(4.1, rel=1e-15)
    histogram.add(np.zeros(11))
    assert (histogram.quantile(0.5), histogram.above(1.0)) == (0.0, 9)
    histogram.add(np.array([1e300, 1e-300]))
    assert histogram.quantile(1.0) == 1e300


@pytest.mark.parametrize("look", [1, 17, 1000, 10_000])
def test_an_outline_keeps_every_outlier_in_at_most_twice_its_bins(look: int) -> None:
    y = np.random.default_rng(2).normal(size=10_000)
    y[4321], y[777] = 50.0, -50.0
    outline = Outline(100)
    for first in range(0, len(y), look):
        outline.add(np.arange(first, min(first + look, len(y)), dtype=float), y[first : first + look])
    xs, ys = outline.points()
    assert 100 <= len(xs) <= 202 and (np.diff(xs) > 0).all()
    assert {50.0, -50.0} <= set(ys) and (y[xs.astype(int)] == ys).all()
    assert xs[0] < 200 and xs[-1] > 9_800


def test_a_short_curve_is_kept_whole() -> None:
    outline = Outline(100)
    for x in range(190):
        outline.add(np.array([float(x)]), np.array([float(x % 7)]))
    assert outline.points()[0].tolist() == list(range(190))


@pytest.mark.parametrize("count", [1, 9, 10, 999, 1001, 8000, 123_457])
def test_medians_are_exact_while_a_stretch_is_kept_whole_and_then_near(count: int) -> None:
    y = np.random.default_rng(count).gamma(20, 0.3, count)
    stretches = Stretches()
    for first in range(0, count, 170):
        stretches.add(np.arange(first, min(first + 170, count), dtype=float), y[first : first + 170])
    xs, ys = stretches.points()
    assert len(xs) <= MOST + 1 and (np.diff(xs) > 0).all()
    width = stretches.width
    assert width == SHORTEST or len(xs) >= MOST // 2
    columns = y[: count // width * width].reshape(-1, width)
    ranks = (columns < ys[: len(columns), None]).mean(axis=1)
    if width <= KEPT:
        assert ys[: len(columns)] == pytest.approx(np.median(columns, axis=1))
    doubled = max(math.log2(width / KEPT), 0)
    assert np.abs(ranks - 0.5).max(initial=0.0) <= 1 / width + doubled / (2 * KEPT)


def test_marks_know_how_far_a_run_was_at_any_moment() -> None:
    ends = np.cumsum(np.random.default_rng(3).integers(5, 8, 50_000)).astype(np.int64)
    known = marks.Marks()
    for first in range(0, len(ends), 333):
        part = slice(first, first + 333)
        known.add(ends[part], ends[part] / 1e9)
    for moment in (0, 5, 1000, 150_000, int(ends[-1]), 10**9):
        exact = int(np.searchsorted(ends, moment, side="right"))
        assert known.batches_at(moment) == pytest.approx(exact, abs=known.width)
    few = marks.Marks()
    few.add(ends[:900], ends[:900] / 1e9)
    assert few.batches_at(int(ends[500])) == 501


# Losses


def test_losses_that_are_written_late_are_waited_for() -> None:
    rows = tape(400)
    known = run_of(rows[:0])
    early = rows.copy()
    early["loss"][250:300] = np.nan
    known.add(early[:300], 0)
    assert (known.count, known.read) == (300, 250)
    known.add(rows[known.wanted :], known.wanted)
    assert known.loss.outline.points()[1] == pytest.approx(rows["loss"])
    assert known.loss.outline.points()[0] == pytest.approx(np.cumsum(milliseconds(rows)) / 1e3)


def test_losses_that_never_come_are_not_waited_for() -> None:
    rows = tape(LONGEST_UNREAD + 500)
    rows["loss"][10:] = np.nan
    known = run_of(rows)
    assert known.read == known.count == len(rows)
    assert len(known.loss.outline.points()[0]) == 10


@pytest.mark.parametrize("label", ["keras_fit", "keras_steps_per_execution"])
def test_a_running_mean_is_taken_apart_across_looks(label: str) -> None:
    rows = tape(500)
    known = run_of(rows, 23, label, images_per_epoch=64 * 32)
    whole = per_batch(rows["loss"], label, known.settings.batches_per_epoch)
    assert known.loss.outline.points()[1] == pytest.approx(whole[np.isfinite(whole)])


# Windows


@pytest.mark.parametrize("label", ["tensorflow_graph", "keras_fit"])
def test_a_window_shows_each_batch_that_the_outline_leaves_out(label: str) -> None:
    rows = tape(20_000)
    known = run_of(rows, 500, label, bins=50)

    def read(first: int, count: int) -> Any:
        return rows[first : first + count]

    x, ms = window.timing(known, Window(1000.2, 1200.7), read)
    assert set(range(1001, 1201)) <= set(x) and len(x) < 210
    assert ms == pytest.approx(milliseconds(rows)[x.astype(int) - 1])
    seconds, losses = window.loss(known, Window(50.0, 52.0), read)
    whole = np.cumsum(milliseconds(rows)) / 1e3
    inside = (whole >= 50) & (whole <= 52)
    assert np.isin(np.round(whole[inside], 6), np.round(seconds, 6)).all()
    exact = per_batch(rows["loss"], label, known.settings.batches_per_epoch)
    assert losses == pytest.approx(exact[np.searchsorted(whole, seconds - 1e-9)], rel=1e-6)


def test_a_window_beside_the_run_or_far_too_wide_shows_the_outline() -> None:
    rows = tape(1000)
    known = run_of(rows)
    known.count = known.read = 10 * window.WIDEST

    def read(first: int, count: int) -> Any:
        raise AssertionError("read")

    assert [len(one) for one in window.timing(known, Window(0, 1e9), read)] == [0, 0]
    known.count = known.read = 1000
    assert [len(one) for one in window.timing(known, Window(5000, 6000), read)] == [0, 0]


# What a look costs


def test_what_is_held_of_a_run_does_not_grow_with_it() -> None:
    sizes = [held(run_of(tape(count), bins=1200)) for count in (30_000, 300_000)]
    assert max(sizes) < 1_000_000 and sizes[1] < 2 * sizes[0], sizes


def held(run: GrowingRun) -> int:
    """Bytes of all arrays of a run but those of its slices."""
    parts = [run.times, run.losses, run.marks]
    parts += [part for curve in (run.timing, run.loss) for part in (curve.outline, curve.medians)]
    arrays = [value for part in parts for value in vars(part).values() if isinstance(value, np.ndarray)]
    return sum(array.nbytes for array in arrays)
