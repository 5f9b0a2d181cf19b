"""The search for the release that changed a time: where it looks, what it believes, on answers whose truth is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence

import numpy as np
import pytest

from lenet.analysis.bisect import Answer, Found, Gap, Nothing, Race, Same, Stretch, halfway, most_races, search

CHANGE = 0.02


def gap(ratio: float, reach: float = 0.005) -> Gap:
    low, high = ratio * math.exp(-reach), ratio * math.exp(reach)
    return Gap(ratio, low, high, not low <= 1 <= high)


def exact(ms: Sequence[float]) -> Callable[[int, int], Gap]:
    return lambda one, other: gap(ms[other] / ms[one])


def searched(
    count: int, ask: Callable[[int, int], Gap], skipped: Collection[int] = (), fails: Collection[int] = ()
) -> tuple[Answer, list[tuple[int, ...]]]:
    """The answer to which a search comes, and the races that it asked for. fails: what turns out to be impossible to
    race as soon as it is raced."""
    known: dict[tuple[int, int], Gap] = {}
    gone, races = set(skipped), []
    while isinstance(answer := search(count, known, gone, CHANGE), Race):
        assert len(races) < 3 * count, "it goes round in circles"
        races.append(answer.places)
        gone |= set(answer.places) & set(fails)
        raced = [place for place in answer.places if place not in gone]
        known |= {(one, other): ask(one, other) for one in raced for other in raced if one < other}
    return answer, races


def change(answer: Answer) -> tuple[int, int]:
    assert isinstance(answer, Found)
    return answer.change.first, answer.change.last


@pytest.mark.parametrize("count", [2, 3, 6, 17])
@pytest.mark.parametrize("ratio", [1.03, 0.9])
def test_a_step_is_found_wherever_it_is_in_as_few_races_as_halving_takes(count: int, ratio: float) -> None:
    for place in range(1, count):
        answer, races = searched(count, exact([1.0] * place + [ratio] * (count - place)))
        assert change(answer) == (place - 1, place)
        assert isinstance(answer, Found) and not answer.elsewhere
        assert len(races) <= most_races(count)


def test_the_ends_are_raced_first_and_what_is_equal_goes_no_further() -> None:
    assert searched(9, exact([1.0] * 9)) == (Same(Stretch(0, 8, gap(1.0))), [(0, 8)])


def test_a_difference_smaller_than_what_is_looked_for_is_left_alone() -> None:
    answer, races = searched(9, exact([1.0] * 4 + [1.01] * 5))
    assert isinstance(answer, Same) and races == [(0, 8)]


def test_what_may_be_as_large_as_what_is_looked_for_is_looked_for() -> None:
    answer, _ = searched(4, lambda one, other: gap(1.018 if other > 1 >= one else 1.0, 0.006))
    assert change(answer) == (1, 2)


def test_releases_that_cannot_be_raced_are_gone_around_and_stay_between_the_two() -> None:
    answer, races = searched(9, exact([1.0] * 4 + [1.1] * 5), fails={3, 4})
    assert change(answer) == (2, 5)
    assert all(len(set(race) & {3, 4}) <= 1 for race in races)


def test_an_end_that_cannot_be_raced_gives_its_place_to_the_next() -> None:
    answer, races = searched(6, exact([1.0] * 3 + [1.1] * 3), fails={0, 5})
    assert change(answer) == (2, 3)
    assert races[:2] == [(0, 5), (1, 4)]


@pytest.mark.parametrize("skipped", [range(5), range(1, 5), (0, 1, 2, 3, 4)])
def test_of_fewer_than_two_there_is_nothing_to_say(skipped: Collection[int]) -> None:
    assert search(5, {}, skipped, CHANGE) == Nothing()


def test_of_two_changes_the_larger_is_followed_and_the_other_kept_in_mind() -> None:
    answer, _ = searched(9, exact([1.0] * 2 + [1.05] * 4 + [1.2] * 3))
    assert change(answer) == (5, 6)
    assert isinstance(answer, Found)
    assert [(one.first, one.last) for one in answer.elsewhere] == [(0, 4)]


def test_what_may_be_no_change_is_not_kept_in_mind() -> None:
    known = {(0, 2): gap(1.1), (0, 1): gap(1.03, 0.05), (1, 2): gap(1.07)}
    assert search(3, known, (), CHANGE) == Found(Stretch(1, 2, known[1, 2]))


def test_one_that_came_and_went_again_does_not_lead_astray() -> None:
    answer, _ = searched(9, exact([1.0, 1.0, 1.0, 1.0, 0.8, 0.8, 1.1, 1.1, 1.1]))
    assert change(answer) == (5, 6)
    assert isinstance(answer, Found)
    assert [(one.first, one.last) for one in answer.elsewhere] == [(0, 4)]


def test_many_small_changes_end_at_one_that_is_the_largest_of_its_neighbours() -> None:
    first, last = change(searched(17, exact([1.01**place for place in range(17)]))[0])
    assert last == first + 1


def test_in_noise_the_right_place_is_found_nearly_always() -> None:
    generator = np.random.default_rng(7439)
    right = 0
    for _ in range(200):
        place = int(generator.integers(1, 12))
        ms = np.where(np.arange(12) < place, 1.0, 1.05)

        def ask(one: int, other: int, ms: np.ndarray = ms) -> Gap:
            return gap(float(ms[other] / ms[one] * np.exp(generator.normal(0, 0.006))), 1.96 * 0.006)

        answer, _ = searched(12, ask)
        right += isinstance(answer, Found) and change(answer) == (place - 1, place)
    assert right >= 190


def test_what_was_raced_is_not_asked_for_again() -> None:
    known = {(0, 4): gap(1.1), (0, 2): gap(1.0), (2, 4): gap(1.1)}
    assert search(5, known, (), CHANGE) == Race((2, 3, 4))


def test_halfway_is_the_same_on_both_sides() -> None:
    assert halfway(gap(1.21)) == pytest.approx(0.1) == pytest.approx(halfway(gap(1 / 1.21)))
