"""The interval against data whose truth is known: does "95 %" keep its word?"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest

from lenet.analysis import estimator
from lenet.analysis.intervals import LOOKED, chance, interval, log_interval, student

Floats = npt.NDArray[np.float64]
SLICES = 40
RACES = 300
# Coverage of 95 % over RACES simulated races has a standard error of 1.3 %.
FEWEST = 0.95 - 3 * 0.0126


def differences(case: str, rounds: int, generator: np.random.Generator) -> Floats:
    """Log ratios of two equal variants, (rounds, SLICES): the truth is 0."""
    process, slices = {"lottery": (0.03, 0.01), "slice noise": (0.001, 0.01)}.get(case, (0.003, 0.01))
    shape = (2, rounds, SLICES)
    times = generator.normal(0, process, (2, rounds, 1)) + generator.normal(0, slices, shape)
    if case == "bursts":
        times += np.log(2) * (generator.random(shape) < 0.05)
    if case == "heavy tails":
        times += slices * generator.standard_t(2, shape)
    if case == "drift":
        # The pair's slices are next to each other in time: they share the machine's wandering speed.
        times += np.cumsum(generator.normal(0, 0.03, (rounds, SLICES)), axis=1)
    return np.asarray(times[0] - times[1])


def coverage(case: str, rounds: int) -> float:
    generator = np.random.default_rng(rounds)
    found = (interval(list(differences(case, rounds, generator))) for _ in range(RACES))
    return float(np.mean([i.low <= 0 <= i.high for i in found]))


@pytest.mark.parametrize("rounds", [2, 3, 5])
@pytest.mark.parametrize("case", ["lottery", "slice noise", "mixed", "drift", "bursts", "heavy tails"])
def test_the_interval_keeps_its_word(case: str, rounds: int) -> None:
    assert coverage(case, rounds) >= FEWEST


def test_the_interval_is_not_absurdly_wide() -> None:
    # Process and slice noise of a quiet machine: from three rounds on a difference of 3 % must not hide.
    generator = np.random.default_rng(7)
    widths = [interval(list(differences("mixed", 3, generator))) for _ in range(100)]
    assert np.median([i.high - i.low for i in widths]) < 0.03


def test_an_interval_over_slices_alone_would_shut_out_the_truth() -> None:
    """The control: with a lottery per process, what the check above asks for is not to be had from slices alone."""
    generator = np.random.default_rng(3)
    hits = 0
    for _ in range(RACES):
        rounds = differences("lottery", 3, generator)
        middle = np.median(rounds, axis=1).mean()
        reach = 1.96 * np.sqrt(np.mean([estimator.variance(r) for r in rounds]) / 3)
        hits += abs(middle) <= reach
    assert hits / RACES < 0.3
    assert coverage("lottery", 3) >= FEWEST


def test_one_round_covers_its_slices() -> None:
    generator = np.random.default_rng(5)
    found = [interval([generator.normal(0, 0.01, SLICES)]) for _ in range(RACES)]
    assert np.mean([i.low <= 0 <= i.high for i in found]) >= FEWEST - 0.01
    assert found[0].rounds == 1


def test_agreement_by_luck_does_not_shrink_it_to_nothing() -> None:
    slices = np.random.default_rng(2).normal(0, 0.01, SLICES)
    twice = interval([slices, slices])
    assert twice.high - twice.low > 0.004


def test_constant_figures_have_no_width() -> None:
    found = log_interval([np.full(9, 2.0), np.full(9, 2.0), np.full(8, 2.0)])
    assert (found.estimate, found.low, found.high) == pytest.approx((2, 2, 2), rel=1e-12)
    assert (found.rounds, found.slices) == (3, 26)


def test_what_nothing_can_be_said_about_is_nan() -> None:
    assert np.isnan(interval([]).estimate)
    assert np.isnan(interval([np.zeros(0)]).low)
    single = interval([np.array([3.0])])
    assert single.estimate == 3.0
    assert np.isnan(single.low)


def test_it_turns_around_exactly() -> None:
    rounds = list(differences("mixed", 3, np.random.default_rng(1)))
    there, back = interval(rounds), interval([-r for r in rounds])
    assert (back.estimate, back.low, back.high) == pytest.approx((-there.estimate, -there.high, -there.low), rel=1e-9)


@pytest.mark.parametrize("count", [2, 3, 4, 5, 40, 41])
@pytest.mark.parametrize("tails", ["normal", "heavy"])
def test_the_variance_of_a_figure_is_that_of_many_drawn(count: int, tails: str) -> None:
    generator = np.random.default_rng(count)
    shape = (20_000, count)
    drawn = generator.normal(size=shape) if tails == "normal" else generator.standard_t(5, size=shape)
    said = np.mean([estimator.variance(row) for row in drawn[:4000]])
    assert np.var(estimator.figure(drawn)) == pytest.approx(said, rel=0.12)


@pytest.mark.parametrize(
    ("degrees", "known"), [(1, 12.7062), (2, 4.3027), (9, 2.2622), (11, 2.2010), (30, 2.0423), (1000, 1.9623)]
)
def test_student(degrees: int, known: float) -> None:
    assert student(degrees) == pytest.approx(known, abs=1e-4)


@pytest.mark.parametrize(
    ("degrees", "known"), [(1, 31.8205), (2, 6.9646), (9, 2.8214), (11, 2.7181), (30, 2.4573), (1000, 2.3301)]
)
def test_student_of_a_race_that_went_on_until_it_was_precise(degrees: int, known: float) -> None:
    assert student(degrees, LOOKED) == pytest.approx(known, abs=1e-4)


@pytest.mark.parametrize(("degrees", "error", "known"), [
    (1, 0.05, 12.7062), (2, 0.05, 4.3027), (4, 0.005, 5.5976), (9, 0.005, 3.6897), (72, 0.05, 1.9935),
])  # fmt: skip
def test_student_for_any_error(degrees: int, error: float, known: float) -> None:
    assert student(degrees, 1 - error / 2) == pytest.approx(known, abs=1e-4)
    for t in (known, -known):
        assert chance(t, degrees) == pytest.approx(error, rel=1e-3)


@pytest.mark.parametrize("module", ["bench.service", "analysis.report", "analysis.across.history", "cli.main"])
def test_scipy_is_loaded_with_the_first_interval_and_not_before(module: str) -> None:
    """It would cost every start and the first paint of a page a fifth of a second."""
    loaded = "any(name.split('.')[0] == 'scipy' for name in sys.modules)"
    late = f"import sys, lenet.{module}; from lenet.analysis.intervals import student; early = {loaded}; student(1)"
    said = subprocess.run([sys.executable, "-c", f"{late}; print(early, {loaded})"], capture_output=True, text=True)
    assert said.stdout.split() == ["False", "True"], said.stderr
