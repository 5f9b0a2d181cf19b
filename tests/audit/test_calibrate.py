"""The calibration's own arithmetic, on rounds whose errors are drawn, and what it plants."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from audit import calibrate, planted, seen
from lenet import catalog
from lenet.analysis.timed import Timed
from lenet.errors import BadInput
from tests.helpers import tapes

ROUNDS = 400


def rows(error: float, within: float, seconds: float = 10.0, shift: float = 0.0) -> pd.DataFrame:
    """Rounds of 10 s whose log ratios deviate by `error`, of which slices know `within`."""
    generator = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "entries": 2, "neighbour": "none", "session": "s", "experiment": 1, "pair": "a / b", "round": range(ROUNDS),
            "seconds": seconds, "error": generator.normal(shift, error, ROUNDS), "within": within**2, "slices": 30,
        }
    )  # fmt: skip


def of(found: pd.DataFrame, minutes: float, judge: str) -> pd.Series:
    return found[(found["minutes"] == minutes) & (found["judge"] == judge)].iloc[0]


def test_the_verdicts_of_normal_rounds_are_right_as_often_as_they_say() -> None:
    found = seen.figures(rows(0.01, 0.004))
    for minutes in (1.0, 2.0, 3.0):
        for judge in seen.JUDGES:
            one = of(found, minutes, judge)
            assert one["hold"] == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / one["apart"]))
    assert of(found, 1.0, "rounds set beforehand")["rounds"] == 6


def test_more_minutes_see_smaller_differences() -> None:
    found = seen.figures(rows(0.02, 0.004))
    fixed = [of(found, minutes, "rounds set beforehand") for minutes in (1.0, 3.0)]
    assert fixed[0][0.01] < fixed[1][0.01] < fixed[1][0.02] <= fixed[1][0.05]
    assert fixed[0][0.05] > 0.9 and fixed[1][0.03] > 0.9
    assert of(found, 3.0, "until decided")[0.01] > fixed[1][0.01] - 0.2


def test_a_lasting_error_is_told() -> None:
    """The planted fault: copies that differ by 1 % in every round are not equal."""
    assert of(seen.figures(rows(0.005, 0.002, shift=0.01)), 3.0, "rounds set beforehand")["hold"] < 0.2


def test_what_holds_a_race_back_is_said() -> None:
    (said,) = seen.spread(rows(0.01, 0.006))
    assert "a round of 10 s" in said and "slices explain ±0.60%" in said and "±0.5" in said.rpartition("leaves")[2]


def test_too_few_rounds_are_left_out() -> None:
    assert seen.figures(rows(0.01, 0.004, seconds=400.0)).empty
    head = seen.table(rows(0.01, 0.004, seconds=60.0)).splitlines()
    assert head[0].startswith("| variants | neighbour") and len(head) > 3


def test_no_race_reaches_from_one_session_into_the_next() -> None:
    one = rows(0.01, 0.004).head(5)
    both = pd.concat([one, one.assign(session="t")])
    assert seen.figures(both).query("minutes == 1").empty and not seen.figures(rows(0.01, 0.004).head(6)).empty


def test_a_session_goes_on_with_what_was_raced_least() -> None:
    none = pd.DataFrame(columns=[*calibrate.CELL, "session", "experiment"])
    first = calibrate.scarcest(none)
    assert first == (calibrate.DESIGNS[0], calibrate.NEIGHBOURS[0])
    row = {"design": "0 0", "neighbour": "busy", "session": "s", "experiment": 1}
    assert calibrate.scarcest(pd.DataFrame([row, row])) == (calibrate.DESIGNS[0], calibrate.NEIGHBOURS[1])
    every = [
        {"design": " ".join(map(str, design)), "neighbour": beside, "session": "s", "experiment": number}
        for number, (design, beside) in enumerate((d, n) for d in calibrate.DESIGNS for n in calibrate.NEIGHBOURS)
    ]
    assert calibrate.scarcest(pd.DataFrame([*every, {**row, "session": "t"}]))[1] == calibrate.NEIGHBOURS[1]


def test_the_rounds_of_a_race_have_their_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    share, slow, fast = 0.03, "tensorflow_function_slower_3%", "tensorflow_function"
    monkeypatch.setitem(catalog.VARIANTS, slow, planted.slower(slow))
    ended = tapes.experiment([slow, fast])
    ended = replace(ended, ended=ended.created + timedelta(seconds=50))
    timed = [
        Timed(tapes.run(10 * number + place, label, number), tapes.raced([ms] * 320, 6), (), tapes.settings())
        for number in (1, 2)
        for place, (label, ms) in enumerate(((slow, 2.0 * (1 + share) * 1.01), (fast, 2.0)))
    ]
    found = list(calibrate.rounds(ended, timed, {slow: share, fast: 0.0}))
    assert [row["round"] for row in found] == [1, 2]
    assert all(row["error"] == pytest.approx(-np.log(1.01), abs=1e-6) for row in found)
    assert {row["seconds"] for row in found} == {25.0}


def test_a_slower_copy_says_what_is_planted_in_it() -> None:
    entry = planted.slower("tensorflow_function_slower_3%")
    assert entry.environment["LENET_PLANTED_SHARE"] == "0.03"
    assert entry.title == "TensorFlow bare function, 3 % slower"
    assert entry.source_hash() != catalog.variant("tensorflow_function").source_hash()
    assert planted.slower("pytorch_eager_slower_300us").stack == "torch"


@pytest.mark.parametrize("name", ["keras_fit_slower_3%", "tensorflow_function_slower", "nobody_slower_3%"])
def test_what_cannot_be_planted_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        planted.slower(name)
