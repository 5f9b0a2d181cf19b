"""Are the verdicts right as often as they say? On simulated races whose truth is known, noisy in every way we know of.

The same on real machines: `make calibrate`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from lenet.analysis import precision, verdict
from lenet.analysis.intervals import FIXED, LOOKED, around
from lenet.analysis.verdict import Pair

Floats = npt.NDArray[np.float64]

A, B = "tensorflow_function", "keras_fit"
SLICES = 30
RACES = 200
MOST = 40
"""Rounds at which a simulated race's budget is over."""


@dataclass(frozen=True)
class Noise:
    """What disturbs a process. All but `speeds` are scatter on a logarithmic scale."""

    process: float = 0.004
    """Each draws a speed at its start."""
    speeds: float = 0.0
    """Each is slower by so much with chance one half: an allocator's lottery."""
    slices: float = 0.01
    drift: float = 0.0
    """The machine's speed walks by so much from slice to slice, for both."""
    bursts: float = 0.0
    """Share of the slices that takes twice as long."""
    tails: bool = False
    """Slices scatter with Student's t of 2 degrees of freedom, whose variance is infinite."""

    def round(self, generator: np.random.Generator) -> Floats:
        """Time of each slice of two equal programs in ms, (2, SLICES)."""
        shape = (2, SLICES)
        logs = generator.normal(0, self.process, (2, 1)) + generator.normal(0, self.slices, shape)
        logs += math.log1p(self.speeds) * (generator.random((2, 1)) < 0.5)
        logs += np.cumsum(generator.normal(0, self.drift, SLICES)) + generator.normal(0, 3 * self.drift)
        logs += math.log(2) * (generator.random(shape) < self.bursts)
        if self.tails:
            logs += self.slices * generator.standard_t(2, shape)
        return np.asarray(5 * np.exp(logs))


KINDS = {
    "quiet": Noise(0.002, slices=0.004),
    "lottery": Noise(0.015),
    "two speeds": Noise(0.002, speeds=0.04),
    "drift": Noise(drift=0.03),
    "bursts": Noise(bursts=0.05),
    "heavy tails": Noise(tails=True),
    "all of it": Noise(0.01, drift=0.03, bursts=0.03, tails=True),
}


def within(share: float, number: int) -> float:
    """The least that may be seen among `number` races where `share` of them is the truth: three standard errors."""
    return share - 3 * math.sqrt(share * (1 - share) / number)


def races(noise: Noise, planted: float, rounds: int, number: int = RACES) -> Iterator[Pair]:
    """Races of so many rounds; B is slower by the share `planted`."""
    generator = np.random.default_rng(7439)
    for _ in range(number):
        yield pair([noise.round(generator) for _ in range(rounds)], planted)


def pair(rounds: list[Floats], planted: float) -> Pair:
    found = verdict.compare(B, A, *slices(rounds, planted))
    assert found is not None
    return found


def slices(rounds: list[Floats], planted: float) -> tuple[verdict.Slices, verdict.Slices]:
    """Of B, which is slower by the share `planted`, and of A."""
    slow = {number: times[1] * (1 + planted) for number, times in enumerate(rounds)}
    return slow, {number: times[0] for number, times in enumerate(rounds)}


def covers(found: Pair, planted: float) -> bool:
    truth = 1 + planted if found.slow == B else 1 / (1 + planted)
    return found.low <= truth <= found.high


# Races of a number of rounds that was set beforehand


@pytest.mark.parametrize("kind", KINDS)
def test_equal_programs_are_seldom_called_different(kind: str) -> None:
    called = [bool(found.different) for found in races(KINDS[kind], 0.0, 3)]
    assert 1 - np.mean(called) >= within(0.95, RACES)


@pytest.mark.parametrize("planted", [0.01, 0.02, 0.03, 0.05, 0.1])
@pytest.mark.parametrize("kind", ["quiet", "all of it"])
def test_what_was_planted_lies_inside_the_interval(kind: str, planted: float) -> None:
    held = [covers(found, planted) for found in races(KINDS[kind], planted, 3, 100)]
    assert np.mean(held) >= within(0.95, 100)


@pytest.mark.parametrize(
    ("noise", "planted", "rounds"),
    [
        (Noise(0.002, slices=0.005), 0.01, 5),
        (Noise(0.004, bursts=0.02), 0.02, 5),
        (Noise(0.006, drift=0.03, bursts=0.03), 0.03, 5),
        (KINDS["all of it"], 0.05, 5),
        (KINDS["all of it"], 0.1, 3),
    ],
)
def test_what_was_planted_is_found_nine_times_in_ten(noise: Noise, planted: float, rounds: int) -> None:
    found = [found.different and found.slow == B for found in races(noise, planted, rounds)]
    assert np.mean(found) >= 0.9


# Races that go on until they are precise


def until_precise(noise: Noise, planted: float, asked: float, generator: np.random.Generator) -> Pair:
    """What a race says that went on, from three rounds, until its ratio was known to `asked`, or MOST rounds."""
    rounds: list[Floats] = []
    while True:
        rounds.append(noise.round(generator))
        slow, fast = slices(rounds, planted)
        known = precision.widest({B: slow, A: fast})
        assert known is not None
        if len(rounds) >= 3 and (known.share <= asked or len(rounds) == MOST):
            found = verdict.compare(B, A, slow, fast, quantile=LOOKED)
            assert found is not None and precision.half_width(found) == known.share
            return found


@pytest.mark.parametrize("planted", [0.0, 0.04])
@pytest.mark.parametrize("kind", KINDS)
def test_a_race_that_goes_on_until_it_is_precise_keeps_its_word(kind: str, planted: float) -> None:
    generator = np.random.default_rng(7439)
    found = [until_precise(KINDS[kind], planted, 0.02, generator) for _ in range(100)]
    assert np.mean([covers(pair, planted) for pair in found]) >= within(0.95, 100)
    assert np.mean([not pair.different or pair.slow == B for pair in found]) >= within(0.95, 100)
    if planted:  # twice as much as what it is to be known to
        assert np.mean([bool(pair.different) for pair in found]) >= 0.9


def coverage(sigma: float, quantile: float, races: int = 2000) -> float:
    """How often 0 lies inside the interval of a race that ends when that reaches 1 at most to either side.

    Its rounds draw a lottery and nothing else.
    """
    generator = np.random.default_rng(7439)
    held = 0
    for estimates in generator.normal(0, sigma, (races, MOST)):
        for rounds in range(3, MOST + 1):
            found = around(estimates[:rounds], 0.0, rounds, quantile)
            if found.high - found.estimate <= 1:
                break
        held += found.low <= 0 <= found.high
    return held / races


# Such that a race has some 8, 12, 18 rounds: there the moment of the end flatters it most.
SCATTERS = (1.0, 1.4, 1.9)


@pytest.mark.parametrize("sigma", SCATTERS)
def test_looking_after_every_round_does_not_spoil_the_interval(sigma: float) -> None:
    assert coverage(sigma, LOOKED) >= within(0.95, 2000)


def test_without_the_higher_quantile_it_would() -> None:
    """The control: the check above sees the intervals of races whose rounds were set beforehand fail."""
    assert coverage(SCATTERS[1], FIXED) < within(0.95, 2000) - 0.01
