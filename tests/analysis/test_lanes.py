"""The lanes of a running race: in what order, what each does, where it stood in the last round."""

import math

import numpy as np
import pytest

from lenet.analysis import lanes as module
from lenet.analysis.lanes import lanes
from lenet.analysis.live_axes import axes, rounded_up
from lenet.catalog import Entry
from lenet.records import Request, Run
from lenet.settings import Settings
from tests.helpers.growing import growing
from tests.helpers.tapes import tape

SETTINGS = Settings.parse({"images_per_epoch": 3200, "epochs": 2})
REQUEST = Request(("tensorflow_graph", "keras_fit"), SETTINGS)
PLANNED = 200


def run(label, ms, batches, *, status="running", later=0, round=2):
    rows = tape([ms] * batches)
    rows["start"] += later
    rows["end"] += later
    return known(label, rows, PLANNED, status=status, round=round)


def known(label, rows, planned, *, status="running", round=1):
    return growing(Run(1, 1, round, label, Entry.parse(label).name, status), rows, planned, SETTINGS)


def of(*now, last=(), examining=False):
    return lanes(REQUEST, now, last, examining=examining)


def test_the_fastest_comes_first_and_shows_the_median_of_its_warm_batches():
    first, second = of(run("tensorflow_graph", 6.0, 50), run("keras_fit", 4.0, 50))
    assert (first.label, first.ms, first.images_per_second) == ("keras_fit", 4.0, 8000.0)
    assert (second.label, second.share) == ("tensorflow_graph", 0.25)


def test_whoever_trained_last_trains_and_the_others_wait():
    by_label = {lane.label: lane.doing for lane in of(run("tensorflow_graph", 4, 50), run("keras_fit", 4, 51))}
    assert by_label == {"tensorflow_graph": module.WAITS, "keras_fit": module.TRAINS}


def test_every_state_has_a_word():
    before_any = {lane.doing for lane in of(examining=True)}
    assert before_any == {module.EXAMINED}
    assert {lane.doing for lane in of()} == {module.STARTS}
    crashed, empty = run("tensorflow_graph", 4, 10, status="timed_out"), run("keras_fit", 4, 0)
    assert {lane.doing for lane in of(crashed, empty)} == {"timed out", module.STARTS}
    done, at_an_epochs_end = run("tensorflow_graph", 1, PLANNED), run("keras_fit", 4, 100)
    assert {lane.doing for lane in of(done, at_an_epochs_end)} == {module.FINISHED, module.EVALUATES}


def test_a_run_whose_clock_is_off_has_no_speed():
    lane = next(lane for lane in of(run("keras_fit", 0.0, 50)) if lane.label == "keras_fit")
    assert math.isnan(lane.ms) and math.isnan(lane.images_per_second) and lane.share == 0.25


def test_before_this_round_is_warm_the_last_one_tells_the_speed():
    last = [run("tensorflow_graph", 5.0, PLANNED, round=1), run("keras_fit", 7.0, PLANNED, round=1)]
    now = of(run("tensorflow_graph", 50.0, 3), run("keras_fit", 50.0, 0), last=last)
    assert [(lane.label, lane.ms) for lane in now] == [("tensorflow_graph", 5.0), ("keras_fit", 7.0)]


def test_the_ghost_stands_where_the_last_round_stood_at_this_moment():
    then = {"later": 10**11, "round": 1}
    last = [run("tensorflow_graph", 4.0, PLANNED, **then), run("keras_fit", 8.0, PLANNED, **then)]
    now = [run("tensorflow_graph", 4.0, 100, later=10**12), run("keras_fit", 8.0, 50, later=10**12)]
    assert {lane.label: lane.ghost for lane in of(*now, last=last)} == {"tensorflow_graph": 0.5, "keras_fit": 0.25}
    assert all(math.isnan(lane.ghost) for lane in of(*now))


# The axes of the live charts


def test_axes_stand_still_while_a_race_runs():
    whole = [run("tensorflow_graph", 4.0, PLANNED), run("keras_fit", 6.0, PLANNED)]
    early = [run("tensorflow_graph", 4.0, 60), run("keras_fit", 6.0, 60)]
    slower = [run("tensorflow_graph", 5.0, PLANNED), run("keras_fit", 5.5, PLANNED)]
    assert axes(early, early) == axes(whole, whole) == axes(whole, slower)
    assert axes(early, early).batches == PLANNED


def test_a_first_batch_that_compiles_is_on_the_axis_of_seconds_and_not_of_milliseconds():
    rows = tape([3000.0] + [4.0] * 99)
    live = known("keras_fit", rows, 100)
    drawn = axes([live], [live])
    assert drawn.ms == 10.0 and drawn.seconds >= 3.4


def test_a_run_that_becomes_much_slower_stays_on_the_axis():
    rows = tape([4.0] * 60 + [20.0] * 140)
    live = known("keras_fit", rows, 200)
    drawn = axes([live], [live])
    assert drawn.ms > 20.0 and drawn.seconds >= 3.0


def test_axes_of_nothing_are_axes():
    for runs in ([], [run("keras_fit", 4.0, 0)]):
        drawn = axes(runs, runs)
        assert drawn.ms > 0 and drawn.seconds > 0 and 0 < drawn.loss_low < drawn.loss_high


@pytest.mark.parametrize(("value", "rounded"), [(7.3, 10), (14, 15), (10, 10), (0.021, 0.03), (151, 200)])
def test_an_axis_ends_at_a_round_number(value, rounded):
    assert rounded_up(value) == pytest.approx(rounded)
    assert np.log10(rounded_up(value)) < np.log10(value) + 0.35
