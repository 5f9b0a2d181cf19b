"""How far batches differ by their distance, and what a pause costs: on tapes whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from audit import wander
from tests.helpers.tapes import raced

LENGTH = 25
BATCHES = 20 + 60 * LENGTH


def test_noise_alone_differs_alike_at_every_distance_and_wander_the_more_the_farther() -> None:
    generator = np.random.default_rng(1)
    noise = np.exp(generator.normal(0, 0.05, BATCHES))
    drift = np.exp(np.cumsum(generator.normal(0, 0.01, BATCHES)))
    still, moved = wander.by_distance([raced(4 * noise)]), wander.by_distance([raced(4 * noise * drift)])
    near, far = slice(1, 3), slice(4, 6)
    assert still[near] == pytest.approx(0.05, rel=0.15) and still[far] == pytest.approx(0.05, rel=0.15)
    assert moved[far].min() > 1.5 * moved[near].max()
    assert np.isnan(wander.by_distance([raced(4 * noise[:100])])[-1]), "no two of 100 batches lie seconds apart"


def test_what_a_pause_costs_is_found_batch_by_batch() -> None:
    place = (np.arange(BATCHES) - 20) % LENGTH
    cost = np.select([place == 0, place == 1], [1.35, 1.02], 1.0)
    found = wander.by_place([raced(4.0 * cost, LENGTH)])
    assert found[:8] == pytest.approx([0.35, 0.02] + [0.0] * 6, abs=1e-6)
    assert np.isnan(found[8:]).all(), "the later half of 25 batches begins with the thirteenth"


def test_what_turns_of_six_make_of_a_ratio_is_found() -> None:
    """The planted fault: of one program the batches that count in a short turn are 5 % faster than later."""
    place = (np.arange(BATCHES) - 20) % LENGTH
    noise = np.exp(np.random.default_rng(2).normal(0, 0.02, (6, BATCHES)))
    flattered = np.where((place >= 3) & (place < 6), 0.95, 1.0)
    one = [raced(4.0 * flattered * own, LENGTH) for own in noise[:3]]
    other = [raced(3.0 * own, LENGTH) for own in noise[3:]]
    found, fair = wander.bias(one, other), wander.bias(other, other[::-1])
    assert found.estimate == pytest.approx(0.95, abs=0.01) and found.high < 1
    assert fair.estimate == pytest.approx(1.0, abs=0.01)


def test_the_tables_have_a_row_for_each_variant() -> None:
    rows = raced(np.full(BATCHES, 4.0), LENGTH)
    runs = {name: [rows] for name in wander.VARIANTS}
    for table in (wander._distances(runs), wander._places(runs), wander._biases(runs)):
        assert len(table) == 2 + len(runs) and len({line.count("|") for line in table}) == 1
