"""A race that goes on until its ratios are known well enough, or its budget is over: what it decides and says."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from lenet.analysis import precision
from lenet.analysis.exam import parity
from lenet.analysis.intervals import FIXED, LOOKED
from lenet.analysis.precision import MOST, Widest
from lenet.bench import live, plan_words
from lenet.bench import rounds as module
from lenet.bench.estimate import Estimate
from lenet.bench.rounds import Pace
from lenet.catalog import variant
from lenet.errors import BadInput
from lenet.home import Home
from lenet.records import Request
from lenet.settings import Settings, written
from lenet.store import Store, rows
from tests.helpers.tapes import raced

A, B = "tensorflow_function", "keras_fit"
SMALL = {"batch_size": 4, "images_per_epoch": 4 * 320, "rounds": 3, "slice_ms": 20, "threads": 1}


# Settings


@pytest.mark.parametrize("value", ["2%", "2 %", " 2.0%", "0.02", 0.02])
def test_a_precision_is_a_share_or_a_percentage(value: Any) -> None:
    assert Settings.parse({"precision": value}).precision == 0.02


@pytest.mark.parametrize(
    ("value", "seconds"), [("10m", 600), ("10 min", 600), ("90s", 90), ("1.5m", 90), ("2h", 7200), ("45", 45), (45, 45)]
)
def test_a_budget_is_minutes_hours_or_seconds(value: Any, seconds: int) -> None:
    assert Settings.parse({"precision": "1%", "budget": value}).budget == seconds


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"precision": "2"}, "Precision must be a number from 0 to 0.2, such as 2%, not '2'."),
        ({"precision": "%"}, "Precision must be a number from 0 to 0.2, such as 2%, not '%'."),
        ({"precision": "-1%"}, "Precision must be a number from 0 to 0.2, such as 2%, not '-1%'."),
        ({"precision": "nan%"}, "Precision must be a number from 0 to 0.2, such as 2%, not 'nan%'."),
        ({"precision": "2m"}, "Precision must be a number from 0 to 0.2, such as 2%, not '2m'."),
        ({"budget": "0"}, "Budget must be a whole number from 1 to 604800 s, such as 10m, not '0'."),
        ({"budget": "10 years"}, "Budget must be a whole number from 1 to 604800 s, such as 10m, not '10 years'."),
        ({"budget": "m"}, "Budget must be a whole number from 1 to 604800 s, such as 10m, not 'm'."),
        ({"budget": "infm"}, "Budget must be a whole number from 1 to 604800 s, such as 10m, not 'infm'."),
        (
            {"budget": "5m"},
            "A budget ends a race that has a precision, such as 2%, or lines to decide, such as 0%,3%; name one, "
            "or leave the budget out.",
        ),
        ({"batch_size": "32%"}, "Batch size must be a whole number from 1 to 60000, not '32%'."),
    ],
)
def test_what_is_neither_gets_one_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        Settings.parse(values)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("precision", 0.02, "2%"),
        ("precision", 0.0125, "1.25%"),
        ("precision", 0.0, "0"),
        ("budget", 600, "10m"),
        ("budget", 90, "90s"),
        ("learning_rate", 0.01, "0.01"),
        ("seed", 2**31 - 1, "2147483647"),
        ("allocator", "steady", "steady"),
    ],
)
def test_what_is_written_is_read_as_the_same(name: str, value: Any, text: str) -> None:
    assert written(name, value) == text
    assert getattr(Settings.parse({"precision": "5%", name: text}), name) == value


def test_an_experiment_stored_without_them_has_none() -> None:
    before = {"batch_size": 8, "rounds": 5, "threads": 1}
    row: Any = {
        "settings": before, "variants": [A], "preset": "custom", "submitter": "me", "instrument": "race", "plan": {},
        "id": 1, "status": "finished", "created": None, "started": None, "ended": None, "reason": "", "owner": "",
        "machine": {}, "uid": "", "origin": {}, "beat": None, "stop_asked": "", "pruned": None,
        "target": "", "group": "",
    }  # fmt: skip
    found = rows.to_experiment(row).request.settings
    assert (found.rounds, found.precision, found.budget) == (5, 0.0, 600)


def test_they_change_no_exam() -> None:
    usual, wanted = Settings.parse({}), Settings.parse({"precision": "1%", "budget": "1h"})
    known = variant("numpy_reference")
    assert parity.key(known, wanted, {}) == parity.key(known, usual, {})
    assert parity.exam_settings(known, wanted) == parity.exam_settings(known, usual)


# How well is a ratio known?


def figures(*rounds: float) -> dict[int, Any]:
    """Slices of rounds that take so many ms, with a little noise inside each."""
    noise = np.linspace(-1e-3, 1e-3, 9)
    return {number: ms * np.exp(noise) for number, ms in enumerate(rounds, 1)}


def test_one_race_that_was_looked_at_gives_all_its_quantile() -> None:
    fixed, looked = Settings(), Settings.parse({"precision": "1%"})
    assert precision.quantile(fixed) == FIXED
    assert precision.quantile(looked) == LOOKED


def test_the_widest_pair_counts_and_its_share_is_half_of_its_interval() -> None:
    slices = {A: figures(2.0, 2.0, 2.0), B: figures(3.0, 3.0, 3.0), f"{A}~2": figures(2.0, 2.2, 2.4)}
    found = precision.widest(slices)
    assert found is not None and f"{A}~2" in (found.slow, found.fast) and found.rounds == 3
    pair = precision.verdict.compare(found.slow, found.fast, slices[found.slow], slices[found.fast], quantile=LOOKED)
    assert pair is not None
    assert found.share == pytest.approx(math.sqrt(pair.high / pair.low) - 1) and found.share > 0.1
    close = precision.widest({A: slices[A], B: slices[B]})
    assert close is not None and close.share < 0.01


def test_a_round_says_nothing_of_processes_and_other_settings_are_no_pair() -> None:
    once = precision.widest({A: figures(2.0), B: figures(3.0)})
    assert once is not None and math.isinf(once.share)
    assert precision.needed(once, 0.02) == 2
    assert precision.widest({A: figures(2.0, 2.0), f"{A}+batch_size=8": figures(3.0, 3.0)}) is None
    assert precision.widest({A: figures(2.0, 2.0)}) is None and precision.widest({}) is None


def test_more_rounds_are_expected_to_know_it_better() -> None:
    found = Widest(A, B, 0.05, 4)
    assert precision.after(found, 4) == found
    assert precision.after(found, 16).share < 0.05 / 2
    rounds = precision.needed(found, 0.02)
    assert precision.after(found, rounds).share <= 0.02 < precision.after(found, rounds - 1).share
    assert precision.needed(found, 1e-6) == MOST + 1


# What a race decides


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Raced:
    """A pace, fed with rounds of `seconds` each."""

    def __init__(self, store: Store, **values: Any) -> None:
        self.clock = Clock()
        settings = Settings.parse({**SMALL, **values})
        self.pace = Pace(Request((A, B), settings), store, self.clock)
        self.pace.begin()

    def round(self, seconds: float, *times: float) -> Pace:
        """A round in which the entrants took so many ms a batch; one that took 0 did not finish."""
        number = self.pace.done + 1
        for label, ms in zip((A, B), times, strict=True):
            if ms:
                self.pace.keep(label, number, raced(np.full(320, ms), 60))
        self.clock.now += seconds
        self.pace.end_round()
        return self.pace

    def until_it_ends(self, seconds: float, ratios: Sequence[float]) -> int:
        """Rounds it races, with these ratios in turn."""
        while self.pace.goes_on:
            assert self.pace.done < 100, "it does not end"
            self.round(seconds, 2.0, 2.0 * ratios[self.pace.done % len(ratios)])
        return self.pace.done


def test_without_a_precision_it_races_what_was_asked_for(store: Store) -> None:
    race = Raced(store)
    assert race.until_it_ends(10_000.0, [1.0, 1.5, 0.7]) == 3
    assert race.pace.conclusion() == "" and race.pace.outlook().said == ""


def test_it_ends_as_soon_as_it_is_precise_but_not_before_the_rounds_asked_for(store: Store) -> None:
    race = Raced(store, precision="2%", rounds=4)
    assert race.until_it_ends(10.0, [1.5, 1.501]) == 4
    assert race.pace.goal.widest is not None and race.pace.goal.widest.share < 0.02
    assert race.pace.conclusion().startswith("Every ratio is known to ±")
    assert race.pace.conclusion().endswith("or better after 4 rounds (asked: ±2 %).")


def test_it_goes_on_while_it_is_not_precise(store: Store) -> None:
    race = Raced(store, precision="2%", budget="1h")
    rounds = race.until_it_ends(10.0, [1.0, 1.03, 0.97, 1.01])
    assert 5 < rounds < 60
    assert race.pace.goal.widest is not None and race.pace.goal.widest.share <= 0.02


def test_no_round_is_added_that_would_end_after_the_budget(store: Store) -> None:
    race = Raced(store, precision="0.1%", budget="100s")
    assert race.until_it_ends(18.0, [1.0, 1.2, 0.9]) == 5
    assert race.clock.now <= 100.0 + 100.0
    assert race.pace.conclusion().startswith(
        "Its budget of 100 s ended it: Keras fit against TensorFlow bare function is "
    )
    assert "after 5 rounds; ±0.1 % takes " in race.pace.conclusion()


def test_the_rounds_asked_for_are_raced_whatever_the_budget(store: Store) -> None:
    race = Raced(store, precision="0.1%", budget="10s")
    assert race.until_it_ends(60.0, [1.0, 1.2, 0.9]) == 3


def test_what_went_before_the_first_round_counts_towards_the_budget(store: Store) -> None:
    race = Raced(store, precision="0.1%", budget="100s", rounds=2)
    race.pace._began -= 50.0
    race.pace.begin()
    assert race.until_it_ends(18.0, [1.0, 1.2, 0.9]) == 2


def test_the_first_round_is_no_measure_of_the_others(store: Store) -> None:
    """Its processes start one at a time."""
    race = Raced(store, precision="0.1%", budget="100s", rounds=2)
    race.round(60.0, 2.0, 2.0)
    race.round(10.0, 2.0, 3.0)
    assert race.until_it_ends(10.0, [1.0, 1.2, 0.9]) == 5


def test_without_a_ratio_it_ends_with_the_rounds_asked_for(store: Store) -> None:
    race = Raced(store, precision="2%")
    while race.pace.goes_on:
        race.round(1.0, 2.0, 0.0)
    assert race.pace.done == 3
    assert race.pace.conclusion() == "There is no ratio that could be known to ±2 %."


def test_one_that_finished_once_and_then_crashes_does_not_keep_it_going_for_ever(store: Store) -> None:
    race = Raced(store, precision="2%", budget="60s")
    race.round(10.0, 2.0, 2.0)
    while race.pace.goes_on:
        race.round(10.0, 2.0, 0.0)
    assert race.pace.done == 6
    assert "is known from one round only (asked: ±2 %)." in race.pace.conclusion()


# What it says meanwhile


def test_the_outlook_says_how_many_rounds_and_how_long(store: Store, home: Home) -> None:
    race = Raced(store, precision="2%", budget="1h")
    assert race.pace.counted(1) == "round 1 of 3"
    for ratio in (1.0, 1.03, 0.97):
        race.round(10.0, 2.0, 2.0 * ratio)
    found = race.pace.outlook()
    assert found.rounds == precision.needed(race.pace.goal.widest or Widest(A, B, 0, 1), 0.02) > 4
    assert found.seconds_left == pytest.approx(10.0 * (found.rounds - 3), abs=1.0)
    assert found.said.endswith(f"after 3 rounds; ±2 % takes about {found.rounds}.")
    assert race.pace.counted(4) == f"round 4 of about {found.rounds}"
    live.set_outlook(home.experiment(7), found)
    assert live.outlook(home, 7) == found


def test_the_outlook_says_what_the_budget_allows(store: Store) -> None:
    race = Raced(store, precision="0.1%", budget="80s")
    for ratio in (1.0, 1.03, 0.97):
        race.round(10.0, 2.0, 2.0 * ratio)
    found = race.pace.outlook()
    assert found.rounds == 8
    assert "after 3 rounds; its budget will end it at about ±" in found.said


def test_half_an_outlook_is_none(home: Home) -> None:
    assert live.outlook(home, 7) is None
    live.set_outlook(home.experiment(7), live.Outlook(3, 0.0))
    file = home.experiment(7) / "outlook.json"
    file.write_text(file.read_text()[:9])
    assert live.outlook(home, 7) is None
    assert json.dumps(dataclasses.asdict(live.Outlook(3, 0.0)))


def test_a_race_does_not_fail_for_want_of_a_guess(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> Estimate:
        raise BadInput("no")

    monkeypatch.setattr(module, "estimate", refuse)
    assert Raced(store).pace.outlook().rounds == 3


@pytest.mark.parametrize(
    ("values", "seconds", "sentence"),
    [
        ({}, 75, "3 rounds, about 75 s."),
        ({"rounds": 1}, 600, "1 round, about 10 min."),
        (
            {"precision": "2%"},
            75,
            "At least 3 rounds, about 75 s; then on until every ratio is known to ±2 %, 10 min at most.",
        ),
        (
            {"precision": "0.5%", "budget": "1m"},
            200,
            "3 rounds, about 3 min; its budget of 60 s leaves no time for more.",
        ),
    ],
)
def test_the_plan_before_a_start(values: dict[str, Any], seconds: float, sentence: str) -> None:
    request = Request((A, B), Settings.parse(values))
    found = plan_words.planned(Estimate(seconds, 2, 0, 2), request)
    assert found == f"{sentence} Estimated from earlier runs here."
    assert "guess" in plan_words.planned(Estimate(seconds, 2, 0, 1), request)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "1 s"),
        (40, "40 s"),
        (89, "89 s"),
        (100, "100 s"),
        (150, "2 min"),
        (600, "10 min"),
        (7200, "2 h"),
        (12_060, "3 h 21 min"),
    ],
)
def test_durations_read_well(seconds: float, text: str) -> None:
    assert plan_words.duration(seconds) == text
