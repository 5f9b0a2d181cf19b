"""Many pairs at once, and what a race could have seen: by simulated races with a known answer."""

from __future__ import annotations

import math
import re
from itertools import combinations

import numpy as np
import pytest

from lenet.analysis import multiple, ratio_words, verdict
from lenet.analysis.verdict import Pair

ROUNDS, SLICES, LOTTERY = 5, 20, 0.02


def race(seed: int, effects: dict[str, float], rounds: int = ROUNDS) -> list[Pair]:
    """All pairs of programs of which each takes exp(effect) times 1 ms, by processes that scatter."""
    generator = np.random.default_rng(seed)

    def slices(effect: float) -> dict[int, np.ndarray]:
        return {
            r: np.exp(effect + generator.normal(0, LOTTERY) + generator.normal(0, 0.005, SLICES)) for r in range(rounds)
        }

    measured = {name: slices(effect) for name, effect in effects.items()}
    pairs = [verdict.compare(a, b, measured[a], measured[b]) for a, b in combinations(effects, 2)]
    return multiple.judged([pair for pair in pairs if pair is not None])


@pytest.fixture(scope="module")
def equal() -> list[list[Pair]]:
    """Races of eight equal programs."""
    return [race(seed, dict.fromkeys("abcdefgh", 0.0)) for seed in range(200)]


def test_among_many_equal_ones_some_look_different_alone_and_hardly_any_together(equal: list[list[Pair]]) -> None:
    assert np.mean([any(pair.different for pair in pairs) for pairs in equal]) > 0.3
    # Pairs of one race share programs, so Holm's promise of one in twenty is kept with room to spare.
    assert np.mean([any(pair.holds for pair in pairs) for pairs in equal]) <= 0.05 + 2 * 0.016


def test_what_differs_for_sure_stays_among_many() -> None:
    pairs = race(1, {**dict.fromkeys("abcdefg", 0.0), "slow": 0.4})
    slow = [pair for pair in pairs if "slow" in (pair.slow, pair.fast)]
    assert len(slow) == 7 and all(pair.holds for pair in slow)


def test_one_pair_alone_is_held_to_its_own_interval_only() -> None:
    for seed in range(60):
        (pair,) = race(seed, {"a": 0.0, "b": 0.03})
        assert pair.holds == pair.different


def test_pairs_without_an_interval_and_without_scatter() -> None:
    nothing = Pair("a", "b", 1.5, math.nan, math.nan, 1, 1, 1.5, "", None)
    exact = Pair("a", "c", 1.5, 1.5, 1.5, 3, 30, 1.5, "", True)
    same = Pair("b", "c", 1.0, 1.0, 1.0, 3, 30, 1.0, "", False)
    assert [pair.holds for pair in multiple.judged([nothing, exact, same])] == [False, True, False]
    assert multiple.judged([]) == []


def said(pair: Pair) -> float:
    """The share that a verdict says would have been seen."""
    found = re.search(r"A difference of ([\d.]+) % or more would have been seen nine times in ten\.", pair.verdict)
    assert found is not None, pair.verdict
    return float(found[1]) / 100


def test_what_would_have_been_seen_nine_times_in_ten_is() -> None:
    blind = [pair for seed in range(300) for pair in race(seed, {"a": 0.0, "b": 0.0})]
    told = [said(pair) for pair in blind if pair.outcome != ratio_words.DIFFERENT]
    effect = math.log1p(float(np.median(told)))
    seen = [bool(pair.different) for seed in range(300, 600) for pair in race(seed, {"a": 0.0, "b": effect})]
    assert 0.84 <= np.mean(seen) <= 0.97


@pytest.mark.parametrize("rounds", [1, 2])
def test_a_race_that_saw_next_to_nothing_does_not_say_what_it_could_have_seen(rounds: int) -> None:
    pairs = [race(seed, {"a": 0.0, "b": 0.0}, rounds)[0] for seed in range(20)]
    wide = [pair for pair in pairs if rounds == 1 or pair.high / pair.low > 6]
    assert rounds == 2 or wide
    assert not any("nine times in ten" in pair.verdict for pair in wide)


def test_what_was_found_needs_no_word_of_what_could_have_been() -> None:
    (pair,) = race(3, {"a": 0.0, "b": 0.4})
    assert pair.outcome == ratio_words.DIFFERENT and "nine times in ten" not in pair.verdict
