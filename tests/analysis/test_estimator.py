"""A round's figure over its slices has one home: another estimator planted there moves all that is said of times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from lenet import catalog
from lenet.analysis import estimator, intervals, payoff, verdict
from lenet.analysis.across import welch
from lenet.analysis.estimator import Floats
from lenet.analysis.noise import floor_estimate
from lenet.analysis.noise.measured import Floor
from lenet.analysis.why import ladder, law
from tests.helpers import simulated, tapes

SIZES = (1, 4, 16, 64)
FAST, SLOW = "tensorflow_graph", "keras_fit"


def skewed(seed: int, rounds: int = 3, slices: int = 24) -> list[Floats]:
    """Slices whose mean is far from their median."""
    generator = np.random.default_rng(seed)
    return [generator.gamma(1.5, 2.0, slices) + 1 for _ in range(rounds)]


def by_label(truth: dict[str, float]) -> Any:
    return simulated.report(simulated.noisy(truth, np.random.default_rng(1), noise=0.2, bursts=0.1))


def of_law() -> tuple[Any, ...]:
    truth = {
        f"{variant}+batch_size={size}": fixed + 170.0 * size
        for variant, fixed in ((SLOW, 1500.0), (FAST, 400.0))
        for size in SIZES
    }
    found = law.build(by_label(truth), {"variants": [SLOW, FAST], "batch_sizes": SIZES})
    assert found.contrasts and all(fit.holds for fit in found.fits.values())
    fits = [(fit.a, fit.b) for fit in found.fits.values()]
    return (*fits, *((pair.a, pair.b) for pair in found.contrasts))


def of_ladder() -> tuple[Any, ...]:
    today = catalog.ladder("today")
    states = list(dict.fromkeys(today.entries))
    found = ladder.build(by_label({state: 4000.0 - 100 * n for n, state in enumerate(states)}), today)
    return found.gap, *(bar.effect for bar in found.bars)


def raced(floors: tuple[Floor, Floor] | None = None) -> verdict.Pair:
    slices = [dict(enumerate(skewed(seed))) for seed in (1, 2)]
    pair = verdict.compare(SLOW, FAST, *slices, floors)
    assert pair
    return pair


def of_pair() -> tuple[Any, ...]:
    pair = raced()
    return pair.ratio, pair.low, pair.high


def of_pairs_floor() -> tuple[Any, ...]:
    spread = floor_estimate.Spread(3, 3, 24, 0.01, 0.0, 0.01, 0.02)
    floor = Floor(spread, 1, SLOW, datetime(2026, 1, 1, tzinfo=UTC), None)  # type: ignore[arg-type]
    return (raced((floor, floor)).floor,)


def of_payoff() -> tuple[Any, ...]:
    runs = {}
    for label, level, first in ((SLOW, 4.0, 900.0), (FAST, 5.0, 90.0)):
        rounds = [np.repeat(level + figures, 50) for figures in skewed(int(level), slices=9)]
        runs[label] = [tapes.raced([first, *figures]) for figures in rounds]
    (found,) = payoff.payoffs(tapes.race(runs))
    return found.gain_ms, found.batches


SAID: dict[str, Callable[[], tuple[Any, ...]]] = {
    "interval": lambda: (intervals.interval(skewed(1)),),
    "times": lambda: (intervals.log_interval(skewed(1)),),
    "welch": lambda: (welch.difference(skewed(1), skewed(2)),),
    "pair": of_pair,
    "law": of_law,
    "ladder": of_ladder,
    "payoff": of_payoff,
    "floor": lambda: (
        floor_estimate.spread([{str(n): figures for n, figures in enumerate(skewed(round))} for round in (1, 2)]),
    ),
}


def trimmed(slices: Floats, axis: int = -1) -> Floats:
    """The mean of the middle half."""
    ordered = np.moveaxis(np.sort(slices, axis=axis), axis, -1)
    count = ordered.shape[-1]
    return np.asarray(ordered[..., count // 4 : count - count // 4].mean(axis=-1))


@pytest.mark.parametrize("what", SAID)
def test_another_estimator_is_one_edit(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = SAID[what]()
    assert SAID[what]() == usual
    monkeypatch.setattr(estimator, "figure", trimmed)
    now = SAID[what]()
    assert len(now) == len(usual)
    assert all(one != other for one, other in zip(usual, now, strict=True))


WITHIN = {**SAID, "a pair's floor": of_pairs_floor}


@pytest.mark.parametrize("what", ["interval", "welch", "a pair's floor", "law", "floor"])
def test_and_so_is_its_variance(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = WITHIN[what]()
    monkeypatch.setattr(estimator, "variance", lambda slices: 100 * float(slices.var()))
    assert all(one != other for one, other in zip(usual, WITHIN[what](), strict=True))


def test_rounds_without_slices_are_left_out() -> None:
    none = np.zeros(0)
    found = estimator.over([none, np.array([1.0, 2.0, 9.0]), none])
    assert (found.figures.tolist(), found.count, found.slices) == ([4.0], 1, 3)
    assert found.within == estimator.variance(np.array([1.0, 2.0, 9.0])) > 0
    nothing = estimator.over([none])
    assert (nothing.count, nothing.slices, np.isnan(nothing.within)) == (0, 0, True)
