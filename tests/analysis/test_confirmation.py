"""A race that decides twice: it says nothing by chance, and what is true."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from lenet.analysis import confirmation, decision
from lenet.analysis import report as reports
from lenet.analysis.across import compare
from lenet.analysis.confirmation import MARK, Twice
from lenet.analysis.decision import FIRST
from lenet.analysis.verdict import Pair
from lenet.bench import allot, estimate, goals
from lenet.bench.plan_words import planned
from lenet.bench.rounds import Pace
from lenet.errors import BadInput
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import Store, open_store
from tests.helpers.tapes import experiment, passed, raced, run

A, B = "tensorflow_function", "keras_fit"
SCATTER = 0.01
RACES, MOST = 250, 24
LINES = (0.0, 0.03)
Logs = npt.NDArray[np.float64]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "lenet.db")


def wanted(**values: Any) -> Settings:
    return Settings.parse({"decide": "0%", "most_rounds": MOST, "confirm": True, **values})


# How often it is fooled


def ended(logs: Logs) -> goals.Confirmation:
    """The goal of a race in whose rounds B takes exp(log) times as long as A, when it is over."""
    goal = goals.Confirmation(wanted())
    slices: dict[str, dict[int, Logs]] = {A: {}, B: {}}
    for number, log in enumerate(logs, 1):
        slices[A][number], slices[B][number] = np.ones(1), np.exp([log])
        goal.look(slices, number)
        if goal.reached:
            break
    return goal


def shares(truth: float) -> tuple[float, float]:
    """Of races of programs that far apart: the share that is decided once, and that is confirmed."""
    drawn = np.random.default_rng(7).normal(truth, SCATTER, (RACES, MOST))
    over = [ended(logs) for logs in drawn]
    once = [goal.second is not None for goal in over]
    again = [goal.second is not None and goal.second.rounds > 0 and not goal.second.open for goal in over]
    return float(np.mean(once)), float(np.mean(again))


def test_of_equal_programs_hardly_any_alarm_is_confirmed() -> None:
    once, again = shares(0.0)
    assert 0.01 < once <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / RACES), "a first race is fooled as often as it says"
    assert again <= 2 / RACES


def test_a_true_difference_is_confirmed() -> None:
    once, again = shares(2 * SCATTER)
    assert once > 0.99 and again > 0.97


# Its rounds


class Raced:
    """A pace, fed with rounds whose times are known; it notes which were to confirm."""

    def __init__(self, store: Store, **values: Any) -> None:
        settings = wanted(images_per_epoch=32 * 320, decide="0%,3%", budget="1h", **values)
        self.now, self.fresh = 0.0, list[int]()
        self.pace = Pace(allot.settled(store, Request((A, B), settings)), store, lambda: self.now)
        self.pace.begin()

    def until_it_ends(self, ratio: float, then: float, wander: float = 0.001) -> int:
        while self.pace.goes_on:
            number = self.pace.done + 1
            if self.pace.confirms:
                self.fresh.append(number)
            base = then if self.pace.confirms else ratio
            for label, ms in ((A, 2.0), (B, 2.0 * base * (1 + wander * (-1) ** number))):
                self.pace.keep(label, number, raced(np.full(320, ms), 6))
            self.now += 10.0
            self.pace.end_round()
        return self.pace.done


def test_it_races_again_from_the_beginning_and_says_so(store: Store) -> None:
    race = Raced(store)
    assert race.pace.counted(1) == "round 1 of about 8"
    rounds = race.until_it_ends(1.2, 1.2)
    assert race.fresh == list(range(rounds // 2 + 1, rounds + 1)) and len(race.fresh) >= FIRST
    said = race.pace.conclusion()
    assert said.startswith("Every ratio is on one side of 0 % and 3 % after ")
    assert said.endswith(f"A second race of {len(race.fresh)} rounds confirms what was decided.")


def test_what_the_second_race_does_not_find_is_not_confirmed(store: Store) -> None:
    race = Raced(store)
    assert race.until_it_ends(1.2, 1.02) > MOST // 2, "it has as many rounds as the first might have had"
    said = race.pace.conclusion()
    assert "does not confirm it all: " in said and said.endswith("more than 3 % apart.")


def test_nothing_decided_is_nothing_to_confirm(store: Store) -> None:
    race = Raced(store)
    assert race.until_it_ends(1.0, 1.0, wander=0.1) == MOST // 2
    assert race.fresh == [] and "something open" in race.pace.conclusion()


def test_its_budget_may_leave_no_time_to_confirm(store: Store) -> None:
    race = Raced(store)
    race.now = 3600.0 - 4 * 10.0
    race.until_it_ends(1.2, 1.2)
    assert race.fresh == [] and "no time for a second race" in race.pace.conclusion()


def test_a_label_that_is_gone_in_the_second_race_is_not_confirmed() -> None:
    one = pair(1.1, 1.2)
    left = confirmation.unconfirmed({frozenset((A, B)): one}, {}, LINES)
    assert [question.cut for question in left] == decision.cuts(LINES)


# What is said


def pair(low: float, high: float, rounds: int = 6) -> Pair:
    return Pair(B, A, math.sqrt(low * high), low, high, rounds, 60, 1.0, "It is.", not low <= 1 <= high)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ((1.05, 1.2), (1.04, 1.1), "Decided: slower by more than 3 %, confirmed by a second race of 5 rounds."),
        (
            (1.05, 1.2),
            (1.01, 1.1),
            "Decided: slower, confirmed by a second race of 5 rounds. Not confirmed: a first race of 6 rounds found "
            "Keras fit slower by more than 3 %; a second race of 5 rounds does not confirm that.",
        ),
        (
            (1.05, 1.2),
            None,
            "Not confirmed: a first race of 6 rounds found Keras fit slower by more than 3 %; "
            "there was no second race.",
        ),
        (
            (1.01, 1.02),
            (0.98, 0.99),
            "Decided: no further apart than 3 %, confirmed by a second race of 5 rounds. Not confirmed: a first race "
            "of 6 rounds found Keras fit slower by less than 3 %; a second race of 5 rounds does not confirm that.",
        ),
        ((0.5, 2.0), None, "Not decided: whether it is 3 % and which one is faster."),
    ],
)
def test_what_is_decided_once_and_twice_is_said(first: Any, second: Any, said: str) -> None:
    found = Twice(pair(*first), pair(*second, 5) if second else None)
    assert confirmation.sentence(found, LINES) == said


def test_a_difference_that_is_not_confirmed_is_called_none() -> None:
    whole = pair(1.01, 1.05)
    sure = confirmation.told(whole, Twice(pair(1.01, 1.1), pair(1.02, 1.06)), LINES)
    assert (sure.outcome, sure.agreed) == ("different", (1.01, 1.1)) and sure.verdict.startswith("It is. Decided: ")
    for second in (pair(0.99, 1.04), None):
        unsure = confirmation.told(whole, Twice(pair(1.01, 1.1), second), LINES)
        assert unsure.outcome == "undecided" and unsure.verdict.startswith(
            "Undecided: Keras fit looks 1.030 [1.010, 1.050]"
        )


# A whole race


def report(first: float, second: float, fresh: bool = True) -> reports.Report:
    """Of a race of 6 rounds, and of 6 more that are to confirm it."""
    settings = wanted(images_per_epoch=32 * 200, decide="0%,3%")
    runs, batches = [], {}
    for round in range(1, 13 if fresh else 7):
        ratio = (first if round <= 6 else second) * (1.004 if round % 2 else 0.996)
        for label, ms in ((A, 2.0), (B, 2.0 * ratio)):
            number = len(runs) + 1
            runs.append(run(number, label, round, load={MARK: True} if round > 6 else {}))
            batches[number] = raced(np.full(200, ms), 6)
    asked = replace(experiment([A, B], settings), uid="1" * 32)
    return reports.build(asked, runs, batches, [], {label: passed(label) for label in (A, B)})


@pytest.mark.parametrize(
    ("first", "second", "fresh", "limit", "outcome"),
    [
        (1.1, 1.1, True, 0.03, compare.SLOWER),
        (1.1, 1.06, True, 0.058, compare.UNSURE),
        (1.1, 1.06, True, 0.03, compare.SLOWER),
        (1.1, 1.1, False, 0.0, compare.UNSURE),
        (1.0, 1.0, True, 0.0, compare.NOT_SLOWER),
    ],
)
def test_an_alarm_of_a_comparison_is_one_that_was_confirmed(
    first: float, second: float, fresh: bool, limit: float, outcome: str
) -> None:
    found = report(first, second, fresh)
    for base, new, expected in ((A, B, outcome), (B, A, compare.NOT_SLOWER)):
        assert compare.compare(found, found, [(base, new)]).judge(limit) == expected


# What is asked for


def test_each_race_has_half_of_the_rounds(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "of_round", lambda store, request: (4.0, 0.02))
    settings = allot.settled(store, Request((A, B), Settings.parse({"decide": "0%", "confirm": "yes", "budget": 40})))
    assert settings.settings.most_rounds == 2 * FIRST and decision.most_rounds(settings.settings) == FIRST
    assert decision.most_rounds(wanted(confirm=False)) == MOST


def test_a_plan_says_that_it_races_twice(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request((A, B), wanted())
    said = planned(estimate.estimate(store, request), request)
    assert "one side of 0 %, and then again from the beginning, to confirm it: 24 rounds" in said
    assert decision.most_rounds(request.settings) == MOST // 2


@pytest.mark.parametrize(
    ("values", "said"),
    [({"confirm": "yes"}, "lines that were decided"), ({"decide": "0%", "confirm": "perhaps"}, "must be yes or no")],
)
def test_what_does_not_fit_together_gets_one_sentence(values: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        Settings.parse(values)
