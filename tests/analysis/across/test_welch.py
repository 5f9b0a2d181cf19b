"""Differences of figures measured apart: does "95 %" keep its word, with rounds alone and with drift in between?"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pytest

from lenet.analysis.across import drift, welch
from lenet.records import Figure

Floats = npt.NDArray[np.float64]
SLICES = 12
PAIRS = 400
# Coverage of 95 % over PAIRS simulated pairs has a standard error of 1.1 %.
FEWEST = 0.95 - 3 * 0.011
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def side(generator: np.random.Generator, rounds: int, lottery: float, slices: float = 0.01, mood: float = 0.0):
    """An experiment of a program whose logarithmic time is 0: per round its slices."""
    pace = generator.normal(0, mood)
    return [pace + generator.normal(0, lottery) + generator.normal(0, slices, SLICES) for _ in range(rounds)]


def figure(experiment: int, log_ms: float, name: str = "a", version: str = "1", label: str = "") -> Figure:
    ms = math.exp(log_ms)
    created = FIRST + timedelta(days=experiment)
    return Figure(experiment, label or name, name, "main", ms, ms, ms, 3, 400, "key", {"a": version}, "race", created,
                  "me", "host", "cpu")  # fmt: skip


# Rounds


@pytest.mark.parametrize(
    ("rounds", "lotteries"),
    [((3, 3), (0.03, 0.03)), ((2, 5), (0.03, 0.03)), ((3, 3), (0.05, 0.005)), ((5, 3), (0.002, 0.05)),
     ((3, 3), (0.0, 0.0)), ((10, 10), (0.02, 0.01)), ((1, 4), (0.03, 0.03))],
)  # fmt: skip
def test_the_interval_over_rounds_keeps_its_word(rounds: tuple[int, int], lotteries: tuple[float, float]) -> None:
    generator = np.random.default_rng(1)
    found = [
        welch.difference(*(side(generator, *of) for of in zip(rounds, lotteries, strict=True))) for _ in range(PAIRS)
    ]
    assert np.mean([one.low <= 0 <= one.high for one in found]) >= FEWEST
    assert {one.rounds for one in found} == {min(rounds)}


def test_the_interval_is_not_absurdly_wide() -> None:
    """With equal scatter Welch's has nearly the degrees of freedom that there are: t is 2.8 and not 4.3."""
    generator = np.random.default_rng(2)
    found = [welch.difference(side(generator, 3, 0.03), side(generator, 3, 0.03)) for _ in range(PAIRS)]
    exact = 2.776 * 0.03 * math.sqrt(2 / 3)
    assert np.median([one.high - one.estimate for one in found]) < 1.25 * exact


def test_known_sides_have_their_exact_interval() -> None:
    """Welch by hand: means 1 and 4, variances of the means 1/3 and 4/3, 2.94 degrees of freedom, rounded down to 2."""
    base, new = ([np.array([value]) for value in values] for values in ((0.0, 1.0, 2.0), (2.0, 4.0, 6.0)))
    found = welch.difference(base, new)
    assert found.estimate == pytest.approx(3)
    assert found.high - found.estimate == pytest.approx(4.302652729749 * math.sqrt(5 / 3))
    back = welch.difference(new, base)
    assert (back.estimate, back.low, back.high) == pytest.approx((-found.estimate, -found.high, -found.low))


def test_equal_constant_sides_have_no_width_and_single_ones_no_interval() -> None:
    flat = [np.full(SLICES, 1.0)] * 3
    found = welch.difference(flat, [rounds + 0.05 for rounds in flat])
    assert (found.estimate, found.low, found.high) == pytest.approx((0.05, 0.05, 0.05))
    single = [np.array([1.0])]
    assert math.isnan(welch.difference(single, single).low)
    assert math.isnan(welch.difference([], flat).estimate)
    assert welch.difference([flat[0]], [flat[0]]).low == 0  # one round each: what the slices say


# Drift between experiments


def test_rounds_alone_would_take_a_mood_for_a_change_and_drift_does_not() -> None:
    """The machine's pace differs from one experiment to the next by 3 %, and is the same in all rounds of one."""
    generator = np.random.default_rng(3)
    alone, widened = [], []
    for _ in range(PAIRS):
        others = [np.mean([np.median(r) for r in side(generator, 3, 0.01, mood=0.03)]) for _ in range(6)]
        known = drift.measure([figure(n, value) for n, value in enumerate(others, 1)], ())
        assert known is not None
        found = welch.difference(side(generator, 3, 0.01, mood=0.03), side(generator, 3, 0.01, mood=0.03))
        alone.append(found.low <= 0 <= found.high)
        wide = welch.widened(found, known.reach)
        widened.append(wide.low <= 0 <= wide.high)
    assert np.mean(alone) < 0.7
    assert np.mean(widened) >= FEWEST


def test_widening_never_narrows() -> None:
    found = welch.difference([np.array([0.0]), np.array([2.0])], [np.array([0.0]), np.array([2.0])])
    assert welch.widened(found, 0.1) == found
    assert welch.widened(found, 100.0).high == 100


def test_drift_pools_programs_and_counts_shared_experiments_once() -> None:
    """Two programs, each one 2 apart in the same two experiments: a variance of 2, and one degree of freedom."""
    shared = [figure(1, 0.0, "a"), figure(2, 2.0, "a"), figure(1, 5.0, "b"), figure(2, 7.0, "b")]
    found = drift.measure(shared, ())
    assert found is not None
    assert (found.deviation, found.degrees, found.experiments) == (pytest.approx(math.sqrt(2)), 1, 2)
    assert (found.first, found.last) == (shared[0].created, shared[1].created)
    apart_ = [figure(1, 0.0, "a"), figure(2, 2.0, "a"), figure(3, 5.0, "b"), figure(4, 7.0, "b")]
    assert drift.measure(apart_, ()) is not None
    assert drift.measure(apart_, ()).degrees == 2


def test_drift_is_not_measured_by_what_is_compared_nor_by_other_versions() -> None:
    figures = [figure(1, 0.0), figure(2, 0.5), figure(3, 9.0, version="2")]
    assert drift.measure(figures, ()) is not None
    assert drift.measure(figures, (figures[0],)) is None  # one experiment of each version is left
    assert drift.measure([figures[0], figures[2]], ()) is None
    assert drift.measure([figures[0], figure(2, math.nan)], ()) is None  # a time that may not be compared
    copies = [figure(1, 0.0), figure(1, 2.0, label="a~2"), figure(2, 1.0)]
    found = drift.measure(copies, ())
    assert found is not None and found.deviation == 0  # two copies of one experiment are one timing of it


def test_a_program_that_was_timed_often_needs_no_others() -> None:
    wild = [figure(number, float(number), "wild") for number in range(1, 9)]
    calm = [figure(number, 0.01 * (number % 2), "calm") for number in range(1, 9)]
    found = drift.measure([*wild, *calm], (figure(100, 0.0, "calm"),))
    assert found is not None and found.deviation < 0.01 and found.degrees == 7
    mixed = drift.measure([*wild, *calm[:3]], (figure(100, 0.0, "calm"),))
    assert mixed is not None and mixed.deviation > 1
