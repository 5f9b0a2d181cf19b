"""A race that ends when it has decided: it is wrong as seldom as it says, and it ends."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from lenet import catalog
from lenet.analysis import decision, ratio_words
from lenet.analysis.circumstances import Circumstance
from lenet.analysis.decision import FIRST, Question
from lenet.analysis.intervals import FIXED, LOOKED, student
from lenet.analysis.noise.floor_estimate import Spread
from lenet.analysis.noise.measured import Floor
from lenet.analysis.verdict import Pair, compare
from lenet.bench import allot, estimate, plan_words, sight
from lenet.bench.rounds import Pace
from lenet.errors import BadInput
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import Store, open_store
from tests.helpers.tapes import raced

A, B = "tensorflow_function", "keras_fit"
RACES = 2000
Looks = Callable[[int], float]


def ended(most: int, truth: float, quantile: Looks, tails: str = "normal") -> tuple[float, float]:
    """Of races with so many rounds at most whose rounds scatter by 1: the share that left out 0, and the
    mean number of rounds."""
    generator = np.random.default_rng(most)
    shape = (RACES, most)
    drawn = truth + (generator.normal(size=shape) if tails == "normal" else generator.standard_t(4, size=shape))
    found, rounds = 0, 0
    for race in drawn:
        done = next((n for n in range(FIRST, most + 1) if _clear(race[:n], quantile(n))), 0)
        found += done > 0
        rounds += done or most
    return found / RACES, rounds / RACES


def _clear(figures: npt.NDArray[np.float64], quantile: float) -> bool:
    count = len(figures)
    return bool(abs(figures.mean()) > student(count - 1, quantile) * figures.std(ddof=1) / math.sqrt(count))


@pytest.mark.parametrize("most", [FIRST, 5, 9, 20, 40])
@pytest.mark.parametrize("tails", ["normal", "heavy"])
def test_equal_programs_are_called_different_in_one_race_of_twenty(most: int, tails: str) -> None:
    share, _ = ended(most, 0.0, lambda rounds: decision.quantile(most, rounds), tails)
    assert share <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / RACES)


def test_with_plain_intervals_at_every_look_it_would_be_four_times_as_many() -> None:
    share, _ = ended(20, 0.0, lambda rounds: FIXED)
    assert share > 0.15


def test_what_is_large_is_decided_early_and_what_is_small_at_the_end() -> None:
    def of_look(rounds: int) -> float:
        return decision.quantile(14, rounds)

    often, rounds = ended(14, 4.0, of_look)
    assert often > 0.99 and rounds < 7
    beforehand = np.random.default_rng(1).normal(1.0, 1.0, (RACES, 14))
    fixed = float(np.mean([_clear(race, FIXED) for race in beforehand]))
    looked, rounds = ended(14, 1.0, of_look)
    assert looked > fixed - 0.1 and rounds < 12


def test_before_the_first_look_nothing_is_spent() -> None:
    assert decision.quantile(9, 1) == decision.quantile(40, 3) == LOOKED
    assert all(decision.quantile(9, rounds) > FIXED for rounds in range(FIRST, 10))
    assert decision.quantile(9, 30) == decision.quantile(9, 9)


def pair(low: float, high: float, rounds: int = 6) -> Pair:
    return Pair(B, A, math.sqrt(low * high), low, high, rounds, 60, 1.0, "", True)


@pytest.mark.parametrize(
    ("low", "high", "lines", "said"),
    [
        (1.05, 1.2, "0%,3%", "Decided: slower by more than 3 %."),
        (1.005, 1.02, "0%,3%", "Decided: slower by less than 3 %."),
        (1.04, 1.06, "0%,3%,10%", "Decided: slower by more than 3 % and less than 10 %."),
        (1.1, 1.3, "0%", "Decided: slower."),
        (0.99, 1.02, "0%,3%", "Decided: no further apart than 3 %. Not decided: which one is faster."),
        (1.01, 1.2, "0%,3%", "Decided: slower. Not decided: whether it is 3 %."),
        (0.9, 1.02, "3%", "Decided: not slower by 3 %. Not decided: whether it is 3 %."),
        (0.5, 2.0, "0%,3%", "Not decided: whether it is 3 % and which one is faster."),
    ],
)
def test_what_is_decided_is_said(low: float, high: float, lines: str, said: str) -> None:
    assert decision.sentence(pair(low, high), Settings.parse({"decide": lines}).lines) == said


@pytest.mark.parametrize(
    ("cut", "said"), [(1.0, "0 %"), (1.03, "3 %"), (1 / 1.03, "3 %"), (1.105, "10.5 %"), (1.005, "0.5 %")]
)
def test_a_line_is_said_alike_on_both_sides_of_1(cut: float, said: str) -> None:
    assert decision.apart(cut) == said


def test_three_rounds_decide_nothing() -> None:
    assert list(decision.open_cuts(pair(1.5, 1.6, FIRST - 1), (0.0,))) == [1.0]
    assert list(decision.open_cuts(pair(1.5, 1.6), (0.0,))) == []


def test_how_many_rounds_a_question_takes() -> None:
    near, far = Question(pair(0.99, 1.05), 1.0), Question(pair(0.99, 1.25), 1.0)
    assert 6 < decision.needed(far, 40) < decision.needed(near, 40) <= 40
    assert decision.needed(Question(pair(0.9, 1.1), 1.0), 40) == 41


# A race


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "lenet.db")


class Raced:
    """A pace, fed with rounds whose times are known."""

    def __init__(self, store: Store, **values: Any) -> None:
        settings = Settings.parse({"images_per_epoch": 32 * 320, "decide": "0%,3%", "budget": "1h", **values})
        self.now = 0.0
        self.pace = Pace(allot.settled(store, Request((A, B), settings)), store, lambda: self.now)
        self.pace.begin()

    def until_it_ends(self, ratios: list[float], seconds: float = 10.0) -> int:
        while self.pace.goes_on:
            number = self.pace.done + 1
            for label, ms in ((A, 2.0), (B, 2.0 * ratios[number % len(ratios)])):
                if ms:
                    self.pace.keep(label, number, raced(np.full(320, ms), 6))
            self.now += seconds
            self.pace.end_round()
        return self.pace.done


def test_it_ends_when_every_line_is_decided(store: Store) -> None:
    race = Raced(store, most_rounds=20)
    assert race.until_it_ends([1.20, 1.21]) < 9
    assert race.pace.conclusion().startswith("Every ratio is on one side of 0 % and 3 % after ")


def test_it_ends_with_its_rounds_where_nothing_is_decided(store: Store) -> None:
    race = Raced(store, most_rounds=8)
    assert race.until_it_ends([1.03, 0.99, 1.07]) == 8
    assert f"something open: Keras fit against {catalog.title(A)}, " in race.pace.conclusion()


def test_before_its_first_round_it_expects_as_many_as_a_first_look_takes(store: Store) -> None:
    race = Raced(store, most_rounds=20)
    assert race.pace.goes_on and race.pace.counted(1) == "round 1 of about 4"
    assert (race.pace.outlook().rounds, race.pace.outlook().said) == (4, "")


def test_its_budget_ends_it_before(store: Store) -> None:
    assert Raced(store, most_rounds=40, budget="60s").until_it_ends([1.03, 0.99]) == 6


def test_without_a_ratio_there_is_nothing_to_decide(store: Store) -> None:
    race = Raced(store)
    assert race.until_it_ends([0.0]) == 3
    assert race.pace.conclusion() == "There is no ratio to decide."


# What is left to us


def settled(store: Store, monkeypatch: pytest.MonkeyPatch, start: float, batch: float, **values: Any) -> Settings:
    monkeypatch.setattr(estimate, "of_round", lambda store, request: (start, batch))
    return allot.settled(store, Request((A, B), Settings.parse({"decide": "0%", **values}))).settings


def test_costly_starts_make_long_runs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    short, long = (settled(store, monkeypatch, start, 0.02) for start in (2.0, 32.0))
    assert long.batches == pytest.approx(4 * short.batches, abs=8)
    assert long.most_rounds < short.most_rounds == decision.MOST
    assert long.most_rounds * (32.0 + long.batches * 0.02) <= 600


def test_a_budget_holds_one_round_more_than_the_first_look_needs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    small = settled(store, monkeypatch, 4.0, 0.02, budget="40s")
    assert (small.batches, small.most_rounds) == (200, FIRST + 1)
    tiny = settled(store, monkeypatch, 30.0, 0.02, budget="60s")
    assert (tiny.batches, tiny.most_rounds) == (allot.FEWEST, FIRST)


def test_what_was_named_stays(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    named = settled(store, monkeypatch, 4.0, 0.02, images_per_epoch=3200, most_rounds=7)
    assert (named.images_per_epoch, named.most_rounds) == (3200, 7)
    once = allot.settled(store, Request((A, B), named))
    assert once.settings == named
    plain = Request((A, B), Settings.parse({}))
    assert allot.settled(store, plain) is plain


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"decide": "0%", "precision": "2%"}, "leave one out"),
        ({"most_rounds": 5}, "lines to decide"),
        ({"decide": "-3%"}, "percentages from 0 to 100"),
        ({"decide": "nan"}, "percentages from 0 to 100"),
        ({"decide": "0%;3%"}, "such as 0%,3%"),
        ({"decide": "1%,2%,3%,4%,5%,6%"}, "5 lines at most"),
        ({"decide": "0%", "most_rounds": 61}, "0 to 60"),
    ],
)
def test_what_does_not_fit_together_gets_one_sentence(values: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        Settings.parse(values)


def test_lines_are_written_as_they_are_read() -> None:
    settings = Settings.parse({"decide": " 3,0.5% , 0%"})
    assert settings.decide == "0%,0.5%,3%" and settings.lines == (0.0, 0.005, 0.03)
    assert Settings.parse({"decide": settings.decide}) == settings


# What a race can see


def planned(store: Store, monkeypatch: pytest.MonkeyPatch, spread: Spread | None, **values: Any) -> float:
    known = None if spread is None else Floor(spread, 1, A, datetime(2026, 1, 1, tzinfo=UTC), WHERE)
    monkeypatch.setattr(sight, "floor", lambda store, request: known)
    return sight.visible(store, Request((A, B), Settings.parse({"images_per_epoch": 32 * 500, "rounds": 8, **values})))


WHERE = Circumstance("one", "a test's", "2", (), Settings(images_per_epoch=32 * 500))
SPREAD = Spread(4, 4, 100, process=0.006, systematic=0.0, within=0.008, farthest=0.01)


def test_a_plan_says_what_such_races_find_nine_times_in_ten(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = planned(store, monkeypatch, SPREAD)
    rounds = np.random.default_rng(3).normal(math.log1p(seen), math.hypot(0.006, 0.008) * math.sqrt(2), (RACES, 8))
    assert np.mean([_clear(race, FIXED) for race in rounds]) == pytest.approx(0.9, abs=0.03)


def test_more_rounds_and_longer_runs_see_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = planned(store, monkeypatch, SPREAD)
    assert planned(store, monkeypatch, SPREAD, rounds=16) < seen
    assert planned(store, monkeypatch, SPREAD, images_per_epoch=32 * 1500) < seen
    assert planned(store, monkeypatch, SPREAD, decide="0%", most_rounds=8) > seen
    assert planned(store, monkeypatch, replace(SPREAD, systematic=0.02)) > 0.03 > seen


def test_nothing_is_promised_where_nothing_was_measured(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert math.isnan(planned(store, monkeypatch, None))
    assert math.isnan(planned(store, monkeypatch, SPREAD, rounds=1))
    monkeypatch.undo()
    expected = estimate.estimate(store, Request((A, B), Settings.parse({})))
    assert math.isnan(expected.visible)
    assert "nine times in ten" not in plan_words.planned(expected, Request((A, B), Settings.parse({})))
    told = plan_words.planned(replace(expected, visible=0.0123), Request((A, B), Settings.parse({})))
    assert told.endswith("By the noise measured here it finds 1.2 % nine times in ten.")


def test_a_race_that_ended_before_its_first_look_decides_nothing_however_far_apart_its_programs_are() -> None:
    slices = {A: {r: np.full(20, 2.0 + r / 1000) for r in (1, 2, 3)}, B: {r: np.full(20, 1.0) for r in (1, 2, 3)}}
    pair = compare(A, B, slices[A], slices[B])
    assert pair.different
    early = decision.told(pair, (0.0,))
    assert early.outcome == ratio_words.UNDECIDED and early.verdict.startswith("Undecided: ")
    assert "judges after 4 rounds, and this one had 3" in early.verdict
    assert decision.told(pair, ()) == pair, "a race whose rounds were set beforehand is judged by them"
