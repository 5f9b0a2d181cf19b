"""What a running race says: in few words, and no more than it knows."""

import math
from dataclasses import replace

import pytest

from lenet.analysis.lanes import Lane
from lenet.analysis.verdict import Pair
from lenet.charts import track
from lenet.views.live import DONE, NEXT, NOW, SHOWN, headline, standing, steps


def pair(ratio, low, high, rounds=3, different=None, floor=math.nan):
    told = low > 1 if different is None else different
    return Pair("keras_fit", "tensorflow_graph", ratio, low, high, rounds, 30, ratio, "It is.", told, floor)


@pytest.mark.parametrize(
    ("known", "loud", "sure"),
    [
        (pair(1.24, 1.17, 1.31), "Keras fit takes 1.24 times as long", "95 % sure that it lies between 1.17 and 1.31"),
        (pair(1.24, 1.2, 1.28, rounds=1), "Keras fit looks 1.24 times as slow", "So far one round: within it 1.2"),
        (pair(15, 0.7, 332, rounds=2), "Keras fit looks 15 times as slow", "Undecided so far: 2 rounds allow 0.7 to"),
        (pair(1.03, 0.8, 1.3), "No leader yet", "Undecided so far: 3 rounds allow 0.80 to 1.30."),
        (pair(1.004, 0.99, 1.018), "Equal within ±1.8 %", "no difference worth a name"),
        (
            pair(1.15, 1.1, 1.2, different=False, floor=0.2),
            "Keras fit looks 1.15 times as slow",
            "lies within the noise of this machine. Grey: the noise floor of this machine, ±20 %.",
        ),
    ],
)  # fmt: skip
def test_the_ratio_is_said_as_sure_as_it_is(known, loud, sure):
    assert headline(known) == loud
    assert sure in standing(known)


def test_before_the_first_look_of_a_race_that_decides_nothing_is_sure():
    early = replace(pair(2.1, 1.4, 3.2), different=None)
    assert headline(early) == "Keras fit looks 2.1 times as slow"
    assert standing(early) == "Undecided so far: 3 rounds allow 1.4 to 3.2."


def test_what_a_race_calls_equal_is_said_once_it_is_known():
    known = pair(1.24, 1.17, 1.31)
    assert standing(known, pair(1.01, 0.99, 1.03)) == (
        f"{standing(known)} Thin bar: this race against itself, 0.990 to 1.030."
    )
    assert standing(known, pair(1.05, 1.02, 1.08)).endswith("In doubt: that leaves out 1.")
    assert "doubt" not in standing(known, pair(1.05, 1.02, 1.08, rounds=1))
    assert standing(known, pair(1.0, math.nan, math.nan)) == standing(known)


def test_of_more_than_two_the_other_one_is_named_too():
    assert headline(pair(1.24, 1.17, 1.31), alone=False) == "Keras fit takes 1.24 times as long as TensorFlow graph"


def test_a_single_slice_gives_no_interval():
    known = pair(1.24, math.nan, math.nan, rounds=1, different=False)
    assert standing(known) == "So far a single slice, which gives no interval."


def names(found):
    return [(step.name, step.state, step.said) for step in found]


def test_the_exam_comes_first():
    said = "checking that NumPy reference computes what the reference computes"
    first, *others = steps(said, None, 0, 3, 3)
    assert (first.state, first.said) == (NOW, said)
    assert names(others)[0] == ("Round 1", NOW, said) or all(step.state == NEXT for step in others)


def test_a_round_says_what_it_does():
    starting = names(steps("round 2 of 3: starting Keras fit", (2, 2), 2, 3, 3))
    assert starting == [
        ("Same answer?", DONE, "2 of 2 agree"), ("Round 1", DONE, ""), ("Round 2", NOW, "starting Keras fit"),
        ("Round 3", NEXT, ""),
    ]  # fmt: skip
    assert names(steps("", (1, 2), 1, 3, 3))[:2] == [
        ("Same answer?", DONE, "1 of 2 agree"),
        ("Round 1", NOW, "training"),
    ]


@pytest.mark.parametrize("number", range(1, 31))
def test_many_rounds_are_a_short_strip_with_the_running_one_in_it(number):
    strip = steps("", (2, 2), number, 30, 3)
    assert len(strip) <= SHOWN + 3
    assert [step.name for step in strip if step.state == NOW] == [f"Round {number}"]
    if number < 20:
        assert strip[-1].name.startswith("about ") and strip[-1].state == NEXT


def test_text_cannot_become_html():
    lane = Lane("<b>x</b>", 0.5, 0.4, 4.0, 8000.0, "<i>waits")
    drawn = track.lanes([lane]) + track.sentence("<script>", "<u>") + track.strip(steps("<s>", None, 0, 1, 1), "<q>")
    assert not any(tag in drawn for tag in ("<b>x", "<i>waits", "<script>", "<u>", "<s>", "<q>"))


@pytest.mark.parametrize(("ms", "written"), [(0.951, "0.95"), (6.126, "6.13"), (12.44, "12.4"), (1234.5, "1,234")])
def test_a_time_has_three_digits(ms, written):
    assert f"{written} <small>ms" in track.lanes([Lane("keras_fit", 0.5, math.nan, ms, math.nan, "trains")])


def test_a_lane_without_a_time_has_a_dash():
    assert '<span class="ms">–</span>' in track.lanes([Lane("keras_fit", 0, math.nan, math.nan, math.nan, "starts")])
